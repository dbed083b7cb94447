package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A document that is missing stays missing, and one of which nothing is left stays:
// both count in a decision.
func TestASetForAnActionKeepsEveryDocument(t *testing.T) {
	t.Parallel()
	storage := mustParse(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)
	for name, set := range map[string]Set{
		"identity": {Identity: []*Document{nil, storage}},
		"SCPs":     {Identity: []*Document{storage}, SCPs: [][]*Document{{storage, nil}, {nil}}},
	} {
		narrow := set.For("ses:SendRawEmail")
		for i, d := range narrow.Identity {
			if (d == nil) != (set.Identity[i] == nil) || d != nil && len(d.Statements) != 0 {
				t.Errorf("%s: document %d is %+v", name, i, d)
			}
		}
		req := Request{Principal: Principal{Account: "111122223333"}, Action: "ses:SendRawEmail", Resource: "*", ResourceAccount: "111122223333"}
		if got, want := Decide(&narrow, &req), Decide(&set, &req); got != want {
			t.Errorf("%s: %v, the whole says %v", name, got, want)
		}
	}
}

// Whether a statement that excepts no action covers all is not documented.
func TestASetForAnActionKeepsWhatMayCoverIt(t *testing.T) {
	t.Parallel()
	set := Set{Identity: []*Document{mustParse(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":[],"Resource":"*"}]}`)}}
	if narrow := set.For("ses:SendRawEmail"); len(narrow.Identity[0].Statements) != 1 {
		t.Errorf("%+v", narrow.Identity[0])
	}
}

func TestTheKeysOfASetAreThoseOfAllLayers(t *testing.T) {
	t.Parallel()
	on := func(key string) *Document {
		return mustParse(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"`+key+`":"*"}}}]}`)
	}
	set := Set{
		Identity: []*Document{nil, on("ses:FromAddress")}, Session: []*Document{on("ses:FromDisplayName")}, Resource: []*Document{on("SES:fromaddress")},
		SCPs: [][]*Document{{on("aws:RequestedRegion")}, nil}, RCPs: [][]*Document{{on("aws:PrincipalOrgID")}},
		Boundary: on("aws:SourceIp"), Endpoint: on("aws:SourceVpce"),
	}
	want := []string{"aws:principalorgid", "aws:requestedregion", "aws:sourceip", "aws:sourcevpce", "ses:fromaddress", "ses:fromdisplayname"}
	if diff := cmp.Diff(want, set.Keys()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRoomForKeysChangesNothing(t *testing.T) {
	t.Parallel()
	var c Context
	c.Grow(8)
	if _, state := c.lookup("ses:fromaddress"); state != KeyAbsent {
		t.Errorf("%v", state)
	}
	if cap(c.keys) < 8 {
		t.Errorf("there is room for %d", cap(c.keys))
	}
}

func TestNamesAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for l := range layers {
		text, _ := l.MarshalText()
		var back Layer
		if err := back.UnmarshalText(text); err != nil || back != l {
			t.Errorf("%s: %v, %v", text, back, err)
		}
	}
	for _, truth := range []Truth{Maybe, No, Yes} {
		text, _ := truth.MarshalText()
		var back Truth
		if err := back.UnmarshalText(text); err != nil || back != truth {
			t.Errorf("%s: %v, %v", text, back, err)
		}
	}
	if new(Layer).UnmarshalText([]byte("cellar")) == nil || new(Truth).UnmarshalText([]byte("perhaps")) == nil {
		t.Error("names are read that nothing has")
	}
}
