//go:build race

package main

// raceDetector says that every process of these tests takes several times its
// memory.
const raceDetector = true
