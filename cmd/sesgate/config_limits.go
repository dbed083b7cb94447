package main

import (
	"math"
	"runtime/debug"

	"sesgate/proxy"
)

// Limits are of the process, all listeners together.
type Limits struct {
	Memory int64 `yaml:"memory"`
}

// plentyMemory is for messages in flight where nothing bounds the process.
const plentyMemory = 512 * megabyte

// checkLimits also looks whether one large message fits, which is moved to a larger
// buffer while it arrives, and leaves an eighth of the memory to small ones.
func (d *decoder) checkLimits(cfg *Config) {
	memory := cfg.Limits.Memory
	if memory == 0 {
		return
	}
	if memory < megabyte {
		d.wrong("limits.memory", "%d is less than 1MB", memory)
		return
	}
	for i, l := range cfg.Listeners {
		if need := 2 * l.MaxMessageSize; memory < need {
			d.wrong("limits.memory", "%dMB is too little for listeners[%d].max_message_size, which needs %dMB", memory/megabyte, i, (need+megabyte-1)/megabyte)
		}
	}
}

// messages is the memory of messages in flight: what is configured, or half of what
// the process may have.
func messages(cfg Config) *proxy.Budget {
	memory := cfg.Limits.Memory
	if memory == 0 {
		memory = plentyMemory
		if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
			memory = limit / 2
		}
	}
	for _, l := range cfg.Listeners {
		memory = max(memory, 2*l.MaxMessageSize)
	}
	return &proxy.Budget{Bytes: memory}
}
