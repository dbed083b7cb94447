package policy

import "testing"

func TestADocumentKeepsItsText(t *testing.T) {
	t.Parallel()
	const text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"}\n}\n"
	d, err := Parse("closed", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Source(); got != text {
		t.Errorf("source is %q", got)
	}
}
