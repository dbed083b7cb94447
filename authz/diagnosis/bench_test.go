package diagnosis

import (
	"strings"
	"testing"
)

func BenchmarkFromAPI(b *testing.B) {
	for name, err := range map[string]error{
		"denied":  &exception{"AccessDeniedException", "User `" + testSession + "' is not authorized to perform `ses:SendRawEmail' on resource `" + testIdentity + "'"},
		"rate":    &exception{"TooManyRequestsException", "Maximum sending rate exceeded."},
		"unknown": &exception{"PurpleException", strings.Repeat("nobody knows this ", 20)},
		"longest": &exception{"PurpleException", strings.Repeat("configuration set 553 ", maxText)},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				FromAPI(err)
			}
		})
	}
}
