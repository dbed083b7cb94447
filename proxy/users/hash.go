package users

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// hash is a password that only shows whether another is the same.
type hash interface {
	matches(password string) bool
}

// Limits of what one check may cost, whoever wrote the file.
const (
	maxCost   = 15      // bcrypt: about 2 s
	maxMemory = 1 << 18 // argon2id, KiB
	maxTime   = 16      // argon2id, passes
	maxLength = 1 << 10 // octets of a password
)

var shapeOfBcrypt = regexp.MustCompile(`^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

// parseHash reads a hash in the modular crypt format. Its errors do not show it.
func parseHash(text string) (hash, error) {
	switch {
	case strings.HasPrefix(text, "$2"):
		return parseBcrypt(text)
	case strings.HasPrefix(text, "$argon2id$"):
		return parseArgon2(text)
	case text == "":
		return nil, errors.New("no hash stands behind the colon")
	}
	return nil, errors.New("what stands behind the colon is no hash of bcrypt ($2y$...) or argon2id ($argon2id$...): sesgate hash makes one of a password")
}

type bcryptHash []byte

func parseBcrypt(text string) (hash, error) {
	m := shapeOfBcrypt.FindStringSubmatch(text)
	if m == nil {
		return nil, errors.New("the bcrypt hash is not whole: it has 60 characters")
	}
	if cost, err := bcrypt.Cost([]byte(text)); err != nil || cost > maxCost {
		return nil, fmt.Errorf("the cost of the bcrypt hash, %s, is not between %d and %d", m[1], bcrypt.MinCost, maxCost)
	}
	return bcryptHash(text), nil
}

func (h bcryptHash) matches(password string) bool {
	return len(password) <= maxLength && bcrypt.CompareHashAndPassword(h, []byte(password)) == nil
}

type argon2Hash struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

// parseArgon2 reads $argon2id$v=19$m=65536,t=3,p=4$salt$key, as the reference
// implementation writes it.
func parseArgon2(text string) (hash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[2] != "v=19" {
		return nil, errors.New("the argon2id hash does not read $argon2id$v=19$m=...,t=...,p=...$salt$key")
	}
	h := argon2Hash{}
	memory, err1 := parameter(parts[3], 0, "m=", maxMemory)
	time, err2 := parameter(parts[3], 1, "t=", maxTime)
	threads, err3 := parameter(parts[3], 2, "p=", 16)
	if err := errors.Join(err1, err2, err3); err != nil || strings.Count(parts[3], ",") != 2 {
		return nil, fmt.Errorf("the parameters of the argon2id hash are not m=1 to %d (KiB), t=1 to %d, p=1 to 16", maxMemory, maxTime)
	}
	h.memory, h.time, h.threads = memory, time, uint8(threads)
	var err error
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return nil, errors.New("the salt of the argon2id hash is not base64 of 8 to 64 octets, without = at its end")
	}
	if h.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(h.key) < 16 || len(h.key) > 64 {
		return nil, errors.New("the key of the argon2id hash is not base64 of 16 to 64 octets, without = at its end")
	}
	return h, nil
}

// parameter reads the i-th of the parameters between commas.
func parameter(list string, i int, name string, most uint64) (uint32, error) {
	words := strings.Split(list, ",")
	if i >= len(words) {
		return 0, strconv.ErrSyntax
	}
	text, ok := strings.CutPrefix(words[i], name)
	n, err := strconv.ParseUint(text, 10, 32)
	if !ok || err != nil || n < 1 || n > most {
		return 0, strconv.ErrRange
	}
	return uint32(n), nil
}

func (h argon2Hash) matches(password string) bool {
	if len(password) > maxLength {
		return false
	}
	key := argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

// cost is that of new hashes: about 0.1 s.
const cost = 11

// Hash makes the hash of a password for a users file: bcrypt, which unlike
// argon2id needs no memory worth mentioning in the server.
func Hash(password string) (string, error) {
	switch {
	case password == "":
		return "", errors.New("the password is empty")
	case strings.ContainsRune(password, 0):
		return "", errors.New("the password has a NUL in it, which no client can send")
	}
	h, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if errors.Is(err, bcrypt.ErrPasswordTooLong) {
		return "", fmt.Errorf("the password has %d octets, 72 are the most", len(password))
	}
	return string(h), err
}
