package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
	"time"
)

// The bytes of docs/formats/ledger.md.

type digest [32]byte

const (
	leafBytes    = 65
	leafVersion  = 0x01
	timeLayout   = "2006-01-02T15:04:05.000Z" // RFC 3339, UTC, exactly three decimals
	streamLength = 26
)

func sha(parts ...[]byte) digest {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	var out digest
	h.Sum(out[:0])
	return out
}

func mac(key digest, parts ...[]byte) digest {
	h := hmac.New(sha256.New, key[:])
	for _, part := range parts {
		h.Write(part)
	}
	var out digest
	h.Sum(out[:0])
	return out
}

func keyCommit(key digest) digest { return sha([]byte("weir/stream-key/v1"), key[:]) }

func tag(key digest, index int64) digest {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(index))
	return mac(key, []byte("weir/tag/v1"), n[:])
}

func fieldSalt(eventSalt digest, name string) digest {
	return mac(eventSalt, []byte("weir/field-salt/v1"), []byte(name))
}

func fieldHash(salt digest, name string, value any) digest {
	return sha([]byte("weir/field/v1"), salt[:], canonical([]any{name, value}))
}

// commitment wants the fields in bytewise order of their names.
func commitment(fields []field) digest {
	parts := [][]byte{[]byte("weir/event/v1")}
	for i := range fields {
		hash := fields[i].digest()
		parts = append(parts, hash[:])
	}
	return sha(parts...)
}

func leafOf(tag, commitment digest) []byte {
	return append(append([]byte{leafVersion}, tag[:]...), commitment[:]...)
}

func contentDigest(salt digest, bytes []byte) digest {
	return sha([]byte("weir/content/v1"), salt[:], bytes)
}

// recipientsDigest takes the sorted list of references.
func recipientsDigest(salt digest, list []any) digest {
	return sha([]byte("weir/recipients/v1"), salt[:], canonical(list))
}

func b64(bytes []byte) string { return base64.StdEncoding.EncodeToString(bytes) }

func (d digest) b64() string { return b64(d[:]) }

// fromB64 takes canonical base64 only: RFC 4648 section 4, padded, no stray bits, no line breaks.
func fromB64(text string) ([]byte, error) {
	out, err := base64.StdEncoding.DecodeString(text)
	if err != nil || b64(out) != text {
		return nil, fmt.Errorf("%q is not base64", text)
	}
	return out, nil
}

func digestFrom(v any) (digest, error) {
	text, isText := v.(string)
	bytes, err := fromB64(text)
	if !isText || err != nil || len(bytes) != len(digest{}) {
		return digest{}, fmt.Errorf("%v is not 32 bytes of base64", v)
	}
	var out digest
	copy(out[:], bytes)
	return out, nil
}

func timeFrom(v any) (time.Time, error) {
	text, _ := v.(string)
	out, err := time.Parse(timeLayout, text)
	if err != nil || out.Format(timeLayout) != text {
		return time.Time{}, fmt.Errorf("%v is not a time with three decimals in UTC", v)
	}
	return out, nil
}

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func checkReference(v any) error {
	text, _ := v.(string)
	raw, err := lowerBase32.DecodeString(text)
	if err != nil || len(text) != streamLength || lowerBase32.EncodeToString(raw) != text {
		return fmt.Errorf("%v is not a stream reference", v)
	}
	return nil
}

// A field is shown with value and salt, or kept back with its hash and a reason.
type field struct {
	name   string
	shown  bool
	value  any
	salt   digest
	hash   digest
	reason string
}

func (f *field) digest() digest {
	if f.shown {
		return fieldHash(f.salt, f.name, f.value)
	}
	return f.hash
}

func isFieldName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == ""
}

func sortedFields(fields []field) bool {
	return sort.SliceIsSorted(fields, func(i, j int) bool { return fields[i].name < fields[j].name })
}
