package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

func made(t *testing.T, padding int) string {
	t.Helper()
	dir := t.TempDir()
	if err := makeWorld(dir, padding, cheat{}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTakesWhatItMade(t *testing.T) {
	for padding, want := range map[int]string{0: "24 leaves, 24 claimed once, 5 records, 3 receipts: ok\n",
		300: "324 leaves, 324 claimed once, 5 records, 3 receipts: ok\n"} {
		var out bytes.Buffer
		if problems := verify(made(t, padding), &out, false); len(problems) > 0 || !strings.HasSuffix(out.String(), want) {
			t.Errorf("%d: %s\n%s", padding, problems, out.String())
		}
	}
}

func TestTheSameSeedsGiveTheSameBytes(t *testing.T) {
	for _, file := range []string{"log/checkpoint", "receipts/access.tlog-proof"} {
		one, _ := os.ReadFile(filepath.Join(made(t, 0), file))
		two, _ := os.ReadFile(filepath.Join(made(t, 0), file))
		if len(one) == 0 || !bytes.Equal(one, two) {
			t.Error(file)
		}
	}
}

// Each kind of tampering is refused, and for its own reason.
func TestRefusesEveryKindOfTampering(t *testing.T) {
	dir := made(t, 0)
	for _, one := range tampers {
		out := filepath.Join(t.TempDir(), "out")
		if err := tamper(dir, out, one.kind); err != nil {
			t.Errorf("%s: %v", one.kind, err)
			continue
		}
		problems := strings.Join(verify(out, io.Discard, false), "\n")
		if !strings.Contains(problems, one.reason) {
			t.Errorf("%s: want %q, got %q", one.kind, one.reason, problems)
		}
		if first, _, _ := strings.Cut(problems, "\n"); testing.Verbose() {
			t.Logf("%-28s %s", one.kind, first)
		}
	}
}

func TestCountsUnclaimedLeavesWhereAskedTo(t *testing.T) {
	dir := made(t, 0)
	if err := os.Remove(filepath.Join(dir, "custody", reference("cover")+".json")); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if problems := verify(dir, &out, true); len(problems) > 0 || !strings.Contains(out.String(), "24 leaves, 21 claimed once, 4 rec") {
		t.Error(problems, out.String())
	}
	if problems := verify(dir, io.Discard, false); len(problems) != 3 {
		t.Error(problems)
	}
}

// A record that ends at an older checkpoint is right as of that one.
func TestReportsLaterEvents(t *testing.T) {
	d := &damaged{dir: made(t, 0)}
	d.asOfBefore()
	d.cut(-1, 0)
	var out bytes.Buffer
	if problems := verify(d.dir, &out, true); d.err != nil || len(problems) > 0 ||
		!strings.Contains(out.String(), "a later event, 9, stands at leaf 21") {
		t.Error(d.err, problems, out.String())
	}
}

func TestReadsTheFolderWithoutPolicyAndReceipts(t *testing.T) {
	dir := made(t, 0)
	for _, path := range []string{"policy", "receipts", "promises", "promise-vkey"} {
		if err := os.RemoveAll(filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
	}
	if problems := verify(dir, io.Discard, false); len(problems) > 0 {
		t.Error(problems)
	}
}

func signedAs(t *testing.T, origin string) error {
	t.Helper()
	log := newSigner(logOrigin, algorithmEd25519, "log")
	key, err := note.NewVerifier(log.vkey())
	if err != nil {
		t.Fatal(err)
	}
	message, err := note.Sign(&note.Note{Text: origin + "\n1\n" + digest{}.b64() + "\n"}, log)
	if err != nil {
		t.Fatal(err)
	}
	_, err = (&trust{log: key, policy: &policy{}}).open(message)
	return err
}

func TestACheckpointIsOfTheLogsOrigin(t *testing.T) {
	if err := signedAs(t, logOrigin); err != nil {
		t.Error(err)
	}
	if signedAs(t, "log.other") == nil {
		t.Error("took another origin")
	}
}

func TestAReceiptNamesTheOriginOfItsCheckpoint(t *testing.T) {
	dir := t.TempDir()
	if err := makeWorld(dir, 0, at("case a", 6, set("origin", "log.other"))()); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "receipts", "access.tlog-proof"))
	r, err := parseReceipt(string(text))
	if err != nil {
		t.Fatal(err)
	}
	key, _ := note.NewVerifier(newSigner(logOrigin, algorithmEd25519, "log").vkey())
	if _, err := r.offline(&trust{log: key, policy: &policy{}}); err == nil || !strings.Contains(err.Error(), "origin is not") {
		t.Error(err)
	}
}

// RFC 8785, section 3.2, less the numbers that the ledger does not have.
func TestWritesCanonicalJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`: "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}",
		` [ true , null, -9007199254740991 ] `:                                        `[true,null,-9007199254740991]`,
		`"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"`:                             `"€$\u000f\nA'B\"\\\\\"/"`,
		`{"b":{"z":[],"a":{}},"a":"\u007f"}`:                                          "{\"a\":\"\u007f\",\"b\":{\"a\":{},\"z\":[]}}",
	} {
		v, err := parseJSON([]byte(text))
		if err != nil || string(canonical(v)) != want {
			t.Errorf("%s: %s, %v", text, canonical(v), err)
		}
	}
}

func TestRefusesOtherJSON(t *testing.T) {
	for _, text := range []string{``, `{`, `[1,]`, `{"a":1,"a":1}`, `1.0`, `1e2`, `-0`, `01`, `+1`, `9007199254740992`,
		`-9007199254740992`, `"\ud800"`, `"\udc00\ud800"`, `"\x"`, "\"\n\"", "\"\xff\"", `nul`, `1 2`, `{a:1}`, "\ufeff1",
		strings.Repeat("[", 70) + strings.Repeat("]", 70)} {
		if v, err := parseJSON([]byte(text)); err == nil {
			t.Errorf("took %q as %v", text, v)
		}
	}
}

func TestReadsPoliciesStrictly(t *testing.T) {
	one, two := newSigner("w/1", algorithmCosignature, "1").vkey(), newSigner("w/2", algorithmCosignature, "2").vkey()
	head := "witness a " + one + "\n\t witness b " + two + " https://w.example\n"
	for text, want := range map[string][2]bool{ // met by a alone, by both
		"quorum none":                                   {true, true},
		head + "quorum a":                               {true, true},
		head + "quorum b":                               {false, true},
		head + "group g any a b\nquorum g":              {true, true},
		head + "group g 2 a b\n# all\nquorum g":         {false, true},
		head + "group g all a b\nquorum g\n":            {false, true},
		head + "group g 1 b\ngroup h all a g\nquorum h": {false, true},
	} {
		p, err := parsePolicy(text)
		if err != nil || p.met(p.quorum, map[string]bool{"a": true}) != want[0] ||
			p.met(p.quorum, map[string]bool{"a": true, "b": true}) != want[1] {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", head, "quorum a", head + "quorum a\nquorum b", head + "group g 3 a b\nquorum g",
		head + "group g any a a\nquorum g", head + "group a any b\nquorum a", head + "group none any b\nquorum a",
		head + "group g 0 a\nquorum g", head + "witness c " + one + "\nquorum a", "quorum none none",
		"witness a " + newSigner("w", algorithmEd25519, "1").vkey() + "\nquorum a",
		"witness a " + strings.Replace(one, "w/1+", "w/x+", 1) + "\nquorum a",
		head + "group g any a\ngroup h any a b\nquorum h"} {
		if _, err := parsePolicy(text); err == nil {
			t.Errorf("took %q", text)
		}
	}
}

func TestChecksFormsOfValues(t *testing.T) {
	for _, bad := range []string{"2026-11-23T13:20:00Z", "2026-11-23T13:20:00.000+00:00", "2026-11-23T13:20:60.000Z",
		"2026-02-29T00:00:00.000Z", "2026-11-23t13:20:00.000Z", "2026-11-23T13:20:00,000Z", "2026-11-23T13:20:00.0000Z"} {
		if _, err := timeFrom(bad); err == nil {
			t.Error("took", bad)
		}
	}
	for _, bad := range []any{"", nil, "aaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaab", "AAAAAAAAAAAAAAAAAAAAAAAAAA",
		"aaaaaaaaaaaaaaaaaaaaaaaaa1", "aaaaaaaaaaaaaaaaaaaaaaaaaa="} {
		if checkReference(bad) == nil {
			t.Error("took", bad)
		}
	}
	if checkReference("aaaaaaaaaaaaaaaaaaaaaaaaaa") != nil {
		t.Error("refused the reference of the worked example")
	}
}
