package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoints (C2SP tlog-checkpoint), cosignatures of type 0x04 (tlog-cosignature) and the witness
// policy (tlog-policy). Signature type 0x06 is not written or read by Weir and is refused here.

const (
	algorithmEd25519     = 1
	algorithmCosignature = 4
	stampBytes           = 8
)

// cosigner verifies a witness's signature over a checkpoint: 8 bytes of POSIX seconds, then Ed25519
// over "cosignature/v1", the time and the note's text.
type cosigner struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.id }

func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != stampBytes+ed25519.SignatureSize {
		return false
	}
	stamp := binary.BigEndian.Uint64(signature)
	return stamp <= math.MaxInt64 && ed25519.Verify(c.key, cosigned(stamp, text), signature[stampBytes:])
}

func cosigned(stamp uint64, text []byte) []byte {
	return append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", stamp)), text...)
}

func keyID(name string, algorithm byte, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"+string([]byte{algorithm})), key...))
	return binary.BigEndian.Uint32(sum[:])
}

// parseVkey reads name+id+base64(algorithm ‖ 32 bytes) for one expected algorithm.
func parseVkey(vkey string, algorithm byte) (name string, id uint32, key ed25519.PublicKey, err error) {
	parts := strings.SplitN(vkey, "+", 3) // base64 may hold a plus of its own
	if len(parts) != 3 || parts[0] == "" || strings.ContainsAny(parts[0], " \t\n") {
		return "", 0, nil, fmt.Errorf("%q is no vkey", vkey)
	}
	raw, err := fromB64(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != algorithm {
		return "", 0, nil, fmt.Errorf("%q is no vkey of type %d", vkey, algorithm)
	}
	id = keyID(parts[0], algorithm, raw[1:])
	if fmt.Sprintf("%08x", id) != parts[1] {
		return "", 0, nil, fmt.Errorf("%q: the key id is not that of the key", vkey)
	}
	return parts[0], id, raw[1:], nil
}

func newCosigner(vkey string) (*cosigner, error) {
	name, id, key, err := parseVkey(vkey, algorithmCosignature)
	return &cosigner{name, id, key}, err
}

// policy is what C2SP tlog-policy says; the zero value asks for no witness.
type policy struct {
	logs      []string
	witnesses map[string]*cosigner
	groups    map[string]group
	quorum    string
}

type group struct {
	least   int
	members []string
}

func parsePolicy(text string) (*policy, error) {
	p := &policy{witnesses: map[string]*cosigner{}, groups: map[string]group{}}
	members := map[string]bool{}
	for n, line := range strings.Split(text, "\n") {
		words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := p.line(words, members); err != nil {
			return nil, fmt.Errorf("policy, line %d: %w", n+1, err)
		}
	}
	if p.quorum == "" {
		return nil, errors.New("policy: no quorum line")
	}
	return p, nil
}

func (p *policy) defined(name string) bool {
	_, isGroup := p.groups[name]
	return isGroup || p.witnesses[name] != nil
}

func (p *policy) line(words []string, members map[string]bool) error {
	switch {
	case words[0] == "log" && (len(words) == 2 || len(words) == 3):
		p.logs = append(p.logs, words[1])
		return nil
	case words[0] == "witness" && (len(words) == 3 || len(words) == 4):
		if p.defined(words[1]) || words[1] == "none" {
			return fmt.Errorf("the name %s is taken", words[1])
		}
		witness, err := newCosigner(words[2])
		if err != nil {
			return err
		}
		for name, other := range p.witnesses {
			if string(other.key) == string(witness.key) {
				return fmt.Errorf("the key is that of %s", name)
			}
		}
		p.witnesses[words[1]] = witness
		return nil
	case words[0] == "group" && len(words) >= 4:
		return p.group(words[1], words[2], words[3:], members)
	case words[0] == "quorum" && len(words) == 2 && p.quorum == "" && (words[1] == "none" || p.defined(words[1])):
		p.quorum = words[1]
		return nil
	}
	return fmt.Errorf("not understood: %s", strings.Join(words, " "))
}

func (p *policy) group(name, least string, list []string, members map[string]bool) error {
	if p.defined(name) || name == "none" {
		return fmt.Errorf("the name %s is taken", name)
	}
	k := map[string]int{"any": 1, "all": len(list)}[least]
	if k == 0 {
		k, _ = strconv.Atoi(least)
	}
	if k < 1 || k > len(list) {
		return fmt.Errorf("%s is no threshold for %d members", least, len(list))
	}
	for _, member := range list {
		if !p.defined(member) || members[member] {
			return fmt.Errorf("%s is not defined, or a member already", member)
		}
		members[member] = true
	}
	p.groups[name] = group{k, list}
	return nil
}

func (p *policy) met(name string, signed map[string]bool) bool {
	if name == "none" || name == "" {
		return true
	}
	if p.witnesses[name] != nil {
		return signed[name]
	}
	n := 0
	for _, member := range p.groups[name].members {
		if p.met(member, signed) {
			n++
		}
	}
	return n >= p.groups[name].least
}

// A checkpoint is what the log signed, and when witnesses of the policy saw it.
type checkpoint struct {
	origin   string
	tree     tlog.Tree
	quorum   bool
	cosigned bool // by one witness at least; earliest and latest are set only then
	earliest time.Time
	latest   time.Time
}

// trust is what the verifier had before: the log's key and a policy.
type trust struct {
	log    note.Verifier
	policy *policy
}

// open verifies a checkpoint. A known witness's signature that does not verify spoils it, as
// signed-note advises.
func (t *trust) open(message []byte) (checkpoint, error) {
	verifiers := []note.Verifier{t.log}
	for _, witness := range t.policy.witnesses {
		verifiers = append(verifiers, witness)
	}
	opened, err := note.Open(message, note.VerifierList(verifiers...))
	if err != nil {
		return checkpoint{}, err
	}
	out, err := parseCheckpoint(opened.Text)
	if err != nil {
		return checkpoint{}, err
	}
	byLog, signed := false, map[string]bool{}
	for _, signature := range opened.Sigs {
		byLog = byLog || signature.Name == t.log.Name() && signature.Hash == t.log.KeyHash()
		for name, witness := range t.policy.witnesses {
			if signature.Name == witness.name && signature.Hash == witness.id {
				signed[name] = true
				out.saw(signature)
			}
		}
	}
	if !byLog {
		return checkpoint{}, errors.New("not signed by the log")
	}
	if out.origin != t.log.Name() {
		return checkpoint{}, fmt.Errorf("origin %q is not %q", out.origin, t.log.Name())
	}
	out.quorum = t.policy.met(t.policy.quorum, signed)
	return out, nil
}

func (c *checkpoint) saw(signature note.Signature) {
	raw, _ := base64.StdEncoding.DecodeString(signature.Base64) // note.Open has read it: id, stamp, signature
	at := time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC()
	if !c.cosigned || at.Before(c.earliest) {
		c.earliest = at
	}
	if !c.cosigned || at.After(c.latest) {
		c.latest = at
	}
	c.cosigned = true
}

func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return checkpoint{}, errors.New("a checkpoint needs origin, size and root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return checkpoint{}, fmt.Errorf("size %q is not a decimal number", lines[1])
	}
	root, err := digestFrom(lines[2])
	if err != nil {
		return checkpoint{}, fmt.Errorf("root: %w", err)
	}
	return checkpoint{origin: lines[0], tree: tlog.Tree{N: size, Hash: tlog.Hash(root)}}, nil
}
