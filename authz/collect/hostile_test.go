package collect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sesgate/authz/collect"
	"sesgate/authz/facts"
)

// answer is a handler that gives everyone the same.
func answer(status int, contentType, body string) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", contentType)
		rw.WriteHeader(status)
		io.WriteString(rw, body)
	})
}

// questionsOfAll are all questions of a Source, with what they say they know.
var questionsOfAll = map[string]func(context.Context, *collect.Collector) (any, error){
	"Caller": func(ctx context.Context, c *collect.Collector) (any, error) { return c.Caller(ctx) },
	"Organization": func(ctx context.Context, c *collect.Collector) (any, error) {
		return c.Organization(ctx, facts.Caller{Account: "111122223333"})
	},
	"Index":   func(ctx context.Context, c *collect.Collector) (any, error) { return c.Index(ctx, here) },
	"Account": func(ctx context.Context, c *collect.Collector) (any, error) { return c.Account(ctx, here) },
	"Identity": func(ctx context.Context, c *collect.Collector) (any, error) {
		return c.Identity(ctx, here, "example.com")
	},
	"ConfigurationSet": func(ctx context.Context, c *collect.Collector) (any, error) {
		return c.ConfigurationSet(ctx, here, "events")
	},
}

// What does not come from AWS, as the page of a captive portal, is not believed.
func TestAnAnswerThatIsNotOfAWSIsNoFact(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.Handler{
		"empty object":    answer(200, "application/json", `{}`),
		"empty":           answer(200, "application/json", ``),
		"page":            answer(200, "text/html", `<html><body>Log in to the guest network</body></html>`),
		"page, not found": answer(404, "text/html", `<html><body>Not found</body></html>`),
		"JSON, not found": answer(404, "application/json", `{"message": "no such route"}`),
		"other JSON":      answer(200, "application/json", `{"status": "ok", "Organization": {}, "SendQuota": null}`),
		"nameless":        answer(200, "application/json", `{"EmailIdentities": [null, {}]}`),
		"null":            answer(200, "application/json", `null`),
		"empty XML":       answer(200, "text/xml", `<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>`),
		"strange ARN": answer(200, "text/xml", `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::999988887777:assumed-role/app/x</Arn>`+
			`<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`),
	} {
		for question, ask := range questionsOfAll {
			t.Run(name+" "+question, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					got, err := ask(t.Context(), collect.New(inMemoryConfig(handler), unlimited))
					if _, ok := errors.AsType[*facts.Gap](err); !ok {
						t.Errorf("it is taken for %+v, error %v", got, err)
					}
				})
			})
		}
	}
}

// An answer to GetRole and lists that are cut short or strange leave a gap in
// every layer that they could have filled.
func TestAPrincipalOfStrangeAnswersHasGaps(t *testing.T) {
	t.Parallel()
	caller := facts.Caller{ARN: "arn:aws:sts::111122223333:assumed-role/app/i-0abc", Account: "111122223333", UserID: "AROAAPP:i-0abc", Partition: "aws"}
	for name, handler := range map[string]http.Handler{
		"page":  answer(200, "text/html", `<html><body>Log in</body></html>`),
		"JSON":  answer(200, "application/json", `{"PolicyNames": []}`),
		"empty": answer(200, "text/xml", ``),
		"error": answer(500, "text/html", `<html><body>Oops</body></html>`),
		"cut":   answer(200, "text/xml", `<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::1111`),
		"other role": answer(200, "text/xml", `<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::111122223333:role/app</Arn>`+
			`<RoleId>AROAOTHER</RoleId></Role></GetRoleResult></GetRoleResponse>`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, err := collect.New(inMemoryConfig(handler), unlimited).Principal(t.Context(), caller)
				layers := make(map[string]bool)
				for _, g := range p.Gaps {
					layers[fmt.Sprint(g.Layer)] = true
				}
				if err != nil || !layers["identity"] || !layers["boundary"] {
					t.Errorf("error %v, and of the principal is known:\n%s", err, outline(p))
				}
			})
		})
	}
}

func TestAListWithoutEndIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		endless := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			n++
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(rw, `{"EmailIdentities": [{"IdentityName": "d%d.example"}], "NextToken": "%d"}`, n, n)
		})
		_, err := collect.New(inMemoryConfig(endless), unlimited).Index(t.Context(), here)
		if gap, ok := errors.AsType[*facts.Gap](err); !ok || !strings.Contains(gap.Error(), "no end") || n > 1000 {
			t.Errorf("after %d pages: %v", n, err)
		}
	})
}

func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `null`, `{"EnforcementStatus":"HEALTHY","SendQuota":{"Max24HourSend":-1}}`,
		`{"IdentityType":"DOMAIN","VerificationStatus":"SUCCESS","Policies":{"p":"{"}}`,
		`{"ConfigurationSetName":"events"}`, `{"Organization":{"Id":"o-1","FeatureSet":"ALL"}}`,
		`{"__type":"NotFoundException"}`, `{"__type":"AccessDeniedException"}`, `{"__type":"AWSOrganizationsNotInUseException"}`,
		`<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::111122223333:assumed-role/app/i</Arn><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
		`<GetRoleResponse><GetRoleResult><Role><Arn>x</Arn><RoleId>AROAAPP</RoleId><Tags><member/></Tags></Role></GetRoleResult></GetRoleResponse>`,
		`<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>%zz</member></PolicyNames><IsTruncated>true</IsTruncated></ListRolePoliciesResult></ListRolePoliciesResponse>`,
	} {
		f.Add(200, body)
		f.Add(404, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			c := collect.New(inMemoryConfig(answer(status, "", body)), unlimited)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			for question, ask := range questionsOfAll {
				_, err := ask(ctx, c)
				if _, ok := errors.AsType[*facts.Gap](err); err != nil && !ok {
					t.Errorf("%s: an error that is no gap: %v", question, err)
				}
				if err == nil && status >= 300 && !strings.Contains(body, "NotFound") && !strings.Contains(body, "NotInUse") {
					t.Errorf("%s: status %d is a fact: %s", question, status, body)
				}
			}
			p, err := c.Principal(ctx, facts.Caller{ARN: "arn:aws:sts::111122223333:assumed-role/app/i", UserID: "AROAAPP:i"})
			if err != nil {
				t.Errorf("Principal: %v", err)
			}
			if len(p.Gaps) == 0 && !strings.Contains(body, "Role") {
				t.Errorf("a principal without gaps of %q", body)
			}
		})
	})
}
