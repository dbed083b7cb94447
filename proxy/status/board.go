package status

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sesgate/authz"
	"sesgate/authz/facts"
	"sesgate/proxy"
)

// kept is how many transactions the page remembers.
const kept = 200

// Board shows the state of a running proxy. It is a [proxy.Recorder] and an
// [http.Handler]; both are safe for concurrent use. The fields are set before
// use; every one may be left out.
type Board struct {
	// Info says who sends and in which world.
	Info func() Info
	// Ready names what keeps the proxy from taking mail, one reason a line;
	// none means that it is ready.
	Ready func() []string
	// State says what is known of the account and its senders, without waiting for
	// AWS. nil leaves it out.
	State func() State
	// Check judges a draft as if it were sent now; its error is a mistake in the
	// draft. nil means that nothing is checked: there is no form then.
	Check func(ctx context.Context, d Draft) (authz.Verdict, error)
	// Captured lists the mail that a simulated SES took, oldest first. nil means
	// that nothing is simulated: there are no /messages then.
	Captured func() []Captured
	// Masked is an event as the log shows it; nil shows it in full.
	Masked func(e proxy.Event) proxy.Event
	// Mask does the same for an address that stands elsewhere, also where one turns
	// up in a gap or in the answer to a draft, but not in the text of captured mail.
	Mask func(address string) string
	// Hosts are the names and addresses, without port, under which the board may
	// be asked for besides those of the loopback. An unspecified address (0.0.0.0,
	// ::) stands for every address; names are always listed one by one.
	Hosts []string
	// Token is asked of everybody but probes; "" is none. It must be set where
	// other machines reach the board.
	Token string

	once      sync.Once
	handler   http.Handler
	origin    http.CrossOriginProtection
	formToken string        // shows that the check form is of this run's page
	checking  chan struct{} // a place for each check under way

	mu     sync.Mutex
	ring   [kept]proxy.Event
	next   int // where the next event goes
	totals Totals
	rate   rate
}

// Info is what the page says about the proxy itself.
type Info struct {
	Version   string
	Started   time.Time
	Listeners []string // addresses that take mail
	Principal string   // ARN of the caller; "" if unknown
	Account   string
	Region    string
	Mode      string // preflight.mode: enforce, warn, off
	Simulated bool   // no mail leaves the machine
	Gaps      []facts.Gap
}

// Captured is a message that a simulated SES took.
type Captured struct {
	ID   string
	Time time.Time
	From string
	To   []string
	Data []byte
}

// Totals count transactions since the start.
type Totals struct {
	Transactions uint64 `json:"transactions"`
	Relayed      uint64 `json:"relayed"`      // SES took them
	Rejected     uint64 `json:"rejected"`     // 5yz
	Deferred     uint64 `json:"deferred"`     // 4yz
	Aborted      uint64 `json:"aborted"`      // ended by the client
	Ambiguous    uint64 `json:"ambiguous"`    // SES may have taken them
	Contradicted uint64 `json:"contradicted"` // SES decided otherwise than the pre-flight
}

// Record notes an event. It waits for nothing but a lock that is held to copy
// events, one here and all of them for a page.
func (b *Board) Record(e proxy.Event) {
	e.HeaderFrom = strings.Clone(e.HeaderFrom) // keeps the address, not the header it was cut from
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ring[b.next] = e
	b.next = (b.next + 1) % kept
	b.totals.count(e)
	b.rate.count(e)
}

func (t *Totals) count(e proxy.Event) {
	t.Transactions++
	switch e.Code / 100 {
	case 2:
		t.Relayed++
	case 4:
		t.Deferred++
	case 5:
		t.Rejected++
	default:
		t.Aborted++
	}
	if e.Ambiguous {
		t.Ambiguous++
	}
	if e.Contradicted {
		t.Contradicted++
	}
}

// events returns the transactions that are remembered, latest first.
func (b *Board) events() []proxy.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := int(min(b.totals.Transactions, kept))
	events := make([]proxy.Event, 0, n)
	for i := range n {
		events = append(events, b.ring[(b.next-1-i+2*kept)%kept])
	}
	return events
}

// event returns the transaction of that reference.
func (b *Board) event(ref string) (proxy.Event, bool) {
	events := b.events()
	i := slices.IndexFunc(events, func(e proxy.Event) bool { return e.Ref == ref })
	if i < 0 || ref == "" {
		return proxy.Event{}, false
	}
	return events[i], true
}

// chart is the last hour.
func (b *Board) chart() chart {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rate.chart(time.Now())
}

func (b *Board) counted() Totals {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.totals
}
