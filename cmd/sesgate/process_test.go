package main

// asProcess makes the test binary run as sesgate.
const asProcess = "SESGATE_TEST_AS_PROCESS"
