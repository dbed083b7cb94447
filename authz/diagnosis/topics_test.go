package diagnosis

import "testing"

func TestTheTopicsNameCodesOfTheCatalogue(t *testing.T) {
	t.Parallel()
	topics := Topics()
	if len(topics) != 6 {
		t.Errorf("%d causes, AWS's page has 6", len(topics))
	}
	for _, topic := range topics {
		if topic.Title == "" || topic.Text == "" || len(topic.Codes) == 0 {
			t.Errorf("incomplete: %+v", topic)
		}
		for _, code := range topic.Codes {
			if _, ok := Lookup(code); !ok {
				t.Errorf("%s: %s is not in the catalogue", topic.Title, code)
			}
		}
	}
}
