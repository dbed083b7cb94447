package relay

import (
	"encoding/base64"
	"encoding/binary"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// pairs are the two characters that stand for each value of twelve bits: half as
// many steps as the standard library takes, and twice its speed. Of a large
// message every octet is encoded twice, once to sign it and once to send it.
var pairs = func() (t [1 << 12]uint16) {
	for i := range t {
		t[i] = uint16(alphabet[i>>6])<<8 | uint16(alphabet[i&63])
	}
	return t
}()

// appendBase64 appends src in base64, padded (RFC 4648 section 4). dst has room
// for it.
func appendBase64(dst, src []byte) []byte {
	for len(src) >= 8 { // of which six are used
		v := binary.BigEndian.Uint64(src)
		dst = binary.BigEndian.AppendUint64(dst,
			uint64(pairs[v>>52])<<48|uint64(pairs[v>>40&0xfff])<<32|
				uint64(pairs[v>>28&0xfff])<<16|uint64(pairs[v>>16&0xfff]))
		src = src[6:]
	}
	return base64.StdEncoding.AppendEncode(dst, src)
}
