package awssim

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
)

// defaultIAMPage is how many entries a page of IAM has at most unless the world
// says otherwise. IAM may return fewer than asked for; here it does, so that a
// client that does not look at IsTruncated goes wrong at once.
const defaultIAMPage = 2

// iamCut is the end of a page of IAM.
type iamCut struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

// page cuts the page out of a list that a form asks for.
func page[T any](c *call, all []T, form url.Values) ([]T, iamCut, error) {
	size := defaultIAMPage
	if c.IAMPageSize > 0 {
		size = c.IAMPageSize
	}
	if text := form.Get("MaxItems"); text != "" {
		asked, err := strconv.Atoi(text)
		if err != nil || asked < 1 || asked > 1000 {
			return nil, iamCut{}, refuse(400, "ValidationError", "Value '"+text+"' at 'maxItems' failed to satisfy constraint")
		}
		size = min(size, asked)
	}
	part, next, ok := cut(all, form.Get("Marker"), size)
	if !ok {
		return nil, iamCut{}, refuse(400, "ValidationError", "Invalid Marker.")
	}
	return part, iamCut{IsTruncated: next != "", Marker: next}, nil
}

// cut returns the part of a list after a token and the token of the next part,
// "" at the end.
func cut[T any](all []T, token string, size int) (part []T, next string, ok bool) {
	start := 0
	if token != "" {
		if start, ok = position(token); !ok || start > len(all) {
			return nil, "", false
		}
	}
	end := min(start+size, len(all))
	if end < len(all) {
		next = base64.RawURLEncoding.EncodeToString([]byte("after:" + strconv.Itoa(end)))
	}
	return all[start:end], next, true
}

func position(token string) (int, bool) {
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	number, ok := strings.CutPrefix(string(text), "after:")
	n, err := strconv.Atoi(number)
	return n, ok && err == nil && n >= 0
}
