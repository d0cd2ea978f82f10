package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var tampers = append(append(append([]tamperKind{}, logKinds...), recordKinds...), append(receiptKinds, cheats...)...)

// Files of the log.
var logKinds = []tamperKind{
	{kind: "entry-flip", reason: "do not give the root", damage: func(d *damaged) {
		d.edit(d.last("log/tile/entries/*.p/*"), func(data []byte) []byte { data[len(data)-1] ^= 1; return data })
	}},
	{kind: "old-entry-flip", reason: "is not what the entries give", damage: func(d *damaged) { d.flip("log/tile/entries/*.p/*", -1) }},
	{kind: "entry-version", reason: "is not a leaf", damage: func(d *damaged) {
		d.edit(d.last("log/tile/entries/*.p/*"), func(data []byte) []byte { data[2] = 2; return data })
	}},
	{kind: "tile-flip", reason: "is not what the entries give", damage: func(d *damaged) { d.flip("log/tile/0/*.p/*", 5) }},
	{kind: "archive-gap", reason: "is not the last of the archived", damage: func(d *damaged) {
		d.check(os.Remove(filepath.Join(d.dir, d.archived())))
	}},
	{kind: "checkpoint-renamed", reason: "is of size", damage: func(d *damaged) {
		d.check(os.Rename(filepath.Join(d.dir, d.archived()), filepath.Join(d.dir, "log/checkpoints/999")))
	}},
	{kind: "log-signature", reason: "invalid signature", damage: func(d *damaged) {
		d.line("log/checkpoint", 4, func(line string) string { return line[:len(line)-6] + "AAAA" + line[len(line)-2:] })
	}},
	{kind: "cosignature", reason: "invalid signature", damage: func(d *damaged) {
		d.line("log/checkpoint", 5, func(line string) string { return line[:len(line)-6] + "AAAA" + line[len(line)-2:] })
	}},
	{kind: "witness-missing", reason: "no quorum", damage: func(d *damaged) { d.without("log/checkpoint", "/two") }},
}

// Custody records.
var recordKinds = []tamperKind{
	{kind: "drop-event", reason: "not event 2", damage: func(d *damaged) { d.cut(2, 3) }},
	{kind: "drop-last-event", reason: "is withheld", damage: func(d *damaged) { d.cut(-1, 0) }},
	{kind: "drop-first-event", reason: "open_by is missing", damage: func(d *damaged) {
		d.record(func(r object) bool {
			if isCase(r) {
				r["events"] = events(r)[1:]
				first := events(r)[0].(object)
				first["index"] = int64(0)
				for _, f := range first["fields"].([]any) {
					if f.(object)["name"] == "index" {
						f.(object)["value"] = int64(0)
					}
				}
			}
			return isCase(r)
		})
	}},
	{kind: "swap-events", reason: "not event 1", damage: func(d *damaged) {
		d.record(func(r object) bool {
			if isCase(r) {
				events(r)[1], events(r)[2] = events(r)[2], events(r)[1]
			}
			return isCase(r)
		})
	}},
	{kind: "change-value", reason: "prev is not the commitment", damage: func(d *damaged) {
		d.fieldOf(named("recipient_class"), func(f object) { f["value"] = "press" })
	}},
	{kind: "change-last-value", reason: "are not leaf", damage: func(d *damaged) {
		d.record(func(r object) bool {
			last := events(r)[len(events(r))-1].(object)["fields"].([]any)
			for _, f := range last {
				if isCase(r) && f.(object)["name"] == "time" {
					f.(object)["value"] = strings.Replace(f.(object)["value"].(string), "Z", "Z", 1)
					f.(object)["value"] = "2026-11-23T" + f.(object)["value"].(string)[11:22] + "7Z"
				}
			}
			return isCase(r)
		})
	}},
	{kind: "change-salt", reason: "prev is not the commitment", damage: func(d *damaged) {
		d.fieldOf(named("type"), func(f object) { f["salt"] = other(f["salt"].(string)) })
	}},
	{kind: "change-kept-hash", reason: "prev is not the commitment", damage: func(d *damaged) {
		d.fieldOf(keptBack, func(f object) { f["hash"] = other(f["hash"].(string)) })
	}},
	{kind: "drop-field", reason: "prev is not the commitment", damage: func(d *damaged) {
		d.inCase(0, func(e object) {
			list := e["fields"].([]any)
			e["fields"] = append(list[:0:0], list[1:]...)
		})
	}},
	{kind: "skeleton-kept-back", reason: "type may not be kept back", damage: func(d *damaged) { d.fieldOf(named("type"), keepBack) }},
	{kind: "link-kept-back", reason: "other may not be kept back", damage: func(d *damaged) { d.fieldOf(named("other"), keepBack) }},
	{kind: "second-key", reason: "key_commit is not that of the key", damage: func(d *damaged) {
		d.record(func(r object) bool { r["key"] = other(r["key"].(string)); return true })
	}},
	{kind: "claim-twice", reason: "has the same stream or key", damage: func(d *damaged) {
		d.edit(d.files("custody/*.json")[0], func(data []byte) []byte {
			d.check(os.WriteFile(filepath.Join(d.dir, "custody", "twin.json"), data, 0o644))
			return data
		})
	}},
	{kind: "missing-record", reason: "no verified record claims it", damage: func(d *damaged) { d.check(os.Remove(d.files("custody/*.json")[0])) }},
	{kind: "wrong-link", reason: "is not among linked", damage: func(d *damaged) { d.linked(func([]any) []any { return []any{} }) }},
	{kind: "extra-link", reason: "no merged or split event does", damage: func(d *damaged) {
		d.linked(func(list []any) []any { return append(list, reference("nobody")) })
	}},
	{kind: "wrong-leaf", reason: "are not leaf", damage: func(d *damaged) { d.inCase(0, func(e object) { plusOne(e, "leaf") }) }},
	{kind: "wrong-before", reason: "lies between", damage: func(d *damaged) { d.inCase(1, func(e object) { plusOne(e, "before") }) }},
	{kind: "wrong-after", reason: "lies between", damage: func(d *damaged) {
		d.inCase(1, func(e object) { e["after"] = e["after"].(int64) - 1 })
	}},
	{kind: "as-of-unarchived", reason: "is archived", damage: func(d *damaged) {
		d.record(func(r object) bool { plusOne(r["as_of"].(object), "size"); return true })
	}},
	{kind: "as-of-too-early", reason: "is not below as_of", damage: func(d *damaged) { d.asOfBefore() }},
	{kind: "as-of-unwitnessed", reason: "has no quorum", damage: func(d *damaged) {
		d.without(fmt.Sprintf("log/checkpoints/%d", d.asOfBefore()), "/two")
	}},
	{kind: "field-twice", reason: "or twice", damage: func(d *damaged) {
		d.inCase(0, func(e object) { f := e["fields"].([]any); f[1] = f[0] })
	}},
	{kind: "other-stream", reason: "not event 0 of", damage: func(d *damaged) {
		d.record(func(r object) bool { r["stream"] = reference("nobody"); return true })
	}},
	{kind: "other-kind", reason: "does not stand in a stream", damage: func(d *damaged) {
		d.record(func(r object) bool { r["kind"] = "cover"; return true })
	}},
	{kind: "other-origin", reason: "origin is not that of the log", damage: func(d *damaged) {
		d.record(func(r object) bool { r["logs"].([]any)[0].(object)["origin"] = "log.other"; return true })
	}},
	{kind: "no-such-log", reason: "no such log", damage: func(d *damaged) { d.inCase(0, func(e object) { plusOne(e, "log") }) }},
	{kind: "unsorted-fields", reason: "not in bytewise order", damage: func(d *damaged) {
		d.inCase(0, func(e object) { f := e["fields"].([]any); f[0], f[1] = f[1], f[0] })
	}},
	{kind: "unknown-reason", reason: "is no reason", damage: func(d *damaged) { d.fieldOf(keptBack, func(f object) { f["reason"] = "position" }) }},
	{kind: "unknown-key", reason: "is not one of the format", damage: func(d *damaged) { d.inCase(0, func(e object) { e["note"] = "x" }) }},
	{kind: "two-equal-keys", reason: "stands twice", damage: func(d *damaged) { d.replace("custody/*.json", `"index":0,`, `"index":0,"index":0,`) }},
	{kind: "number-with-fraction", reason: "is no integer", damage: func(d *damaged) { d.replace("custody/*.json", `"index":0,`, `"index":0.0,`) }},
	{kind: "number-too-big", reason: "is no integer", damage: func(d *damaged) {
		d.replace("custody/*.json", `"index":0,`, `"index":9007199254740992,`)
	}},
	{kind: "surrogate-alone", reason: "half of a surrogate", damage: func(d *damaged) {
		d.replace("custody/*.json", `"kind":"`, `"kind":"\ud800`)
	}},
}

// last is the file with the highest name, by length first.
func (d *damaged) last(pattern string) string {
	out := ""
	for _, path := range d.files(pattern) {
		if len(path) > len(out) || len(path) == len(out) && path > out {
			out = path
		}
	}
	return out
}

// asOfBefore makes a case's record say that it ends at an older checkpoint, and says at which.
func (d *damaged) asOfBefore() (size int64) {
	d.record(func(r object) bool {
		if isCase(r) {
			list := events(r)
			size = list[len(list)-1].(object)["before"].(int64)
			r["as_of"].(object)["size"] = size
		}
		return isCase(r)
	})
	return size
}

// cut drops events of a case: those from `from` up to `to`, or up to the end if `to` is 0.
func (d *damaged) cut(from, to int) {
	d.record(func(r object) bool {
		if isCase(r) {
			list := events(r)
			first := (from + len(list)) % len(list)
			kept := append([]any{}, list[:first]...)
			if to > 0 {
				kept = append(kept, list[to:]...)
			}
			r["events"] = kept
		}
		return isCase(r)
	})
}

func (d *damaged) linked(change func([]any) []any) {
	d.record(func(r object) bool {
		list := r["linked"].([]any)
		if len(list) > 0 {
			r["linked"] = change(list)
		}
		return len(list) > 0
	})
}

const anyReceipt = "receipts/*.tlog-proof"

var receiptKinds = []tamperKind{
	{kind: "receipt-value", reason: "does not show that leaf", damage: func(d *damaged) {
		d.extra(func(o object) {
			for _, f := range o["fields"].([]any) {
				if f.(object)["name"] == "time" {
					f.(object)["value"] = "2026-11-23T13:00:00.000Z"
				}
			}
		})
	}},
	{kind: "receipt-tag", reason: "does not show that leaf", damage: func(d *damaged) {
		d.extra(func(o object) { o["tag"] = other(o["tag"].(string)) })
	}},
	{kind: "receipt-proof", reason: "does not show that leaf", damage: func(d *damaged) { d.line(anyReceipt, 3, other) }},
	{kind: "receipt-index", reason: "does not show that leaf", damage: func(d *damaged) {
		d.line(anyReceipt, 2, func(string) string { return "index 0" })
	}},
	{kind: "receipt-skeleton-kept-back", reason: "time may not be kept back", damage: func(d *damaged) {
		d.extra(func(o object) {
			for _, f := range o["fields"].([]any) {
				if f.(object)["name"] == "time" {
					keepBack(f.(object))
				}
			}
		})
	}},
	{kind: "receipt-signature", reason: "invalid signature", damage: func(d *damaged) {
		d.line(anyReceipt, -4, func(line string) string { return line[:len(line)-6] + "AAAA" + line[len(line)-2:] })
	}},
	{kind: "receipt-not-canonical", reason: "not canonical", damage: func(d *damaged) {
		d.line(anyReceipt, 1, func(line string) string {
			raw, err := fromB64(strings.TrimPrefix(line, "extra "))
			d.check(err)
			return "extra " + b64(append(raw, ' '))
		})
	}},
	{kind: "receipt-unwitnessed", reason: "no quorum", damage: func(d *damaged) { d.without("receipts/report.tlog-proof", "/two") }},
	{kind: "receipt-position", reason: "kept back for its position", damage: func(d *damaged) {
		d.extra(func(o object) {
			for _, f := range o["fields"].([]any) {
				if f.(object)["reason"] == "text" {
					f.(object)["reason"] = "position"
				}
			}
		})
	}},
	{kind: "promise-altered", reason: "invalid signature", damage: func(d *damaged) { d.line("promises/*.txt", 2, other) }},
}

// signWith signs with another key in the log's place.
func signWith(s *signer) func(*writer, int64, []note.Signer) []note.Signer {
	return func(_ *writer, size int64, signers []note.Signer) []note.Signer {
		signers[0] = s
		return signers
	}
}

// at does something before the n-th event of a case is hashed.
func at(name string, n int64, change func(w *writer, values map[string]any)) func() cheat {
	return func() cheat {
		return cheat{event: func(w *writer, s *stream, values map[string]any) {
			if s.name == name && s.next == n {
				change(w, values)
			}
		}}
	}
}

func set(name string, value any) func(*writer, map[string]any) {
	return func(_ *writer, values map[string]any) { values[name] = value }
}

func shift(by time.Duration) func(*writer, map[string]any) {
	return func(w *writer, values map[string]any) { values["time"] = w.now.Add(by).Format(timeLayout) }
}

// Operators that cheat: everything is signed and fits together but for one rule.
var cheats = []tamperKind{
	{kind: "index-gap*", reason: "not event 3", cheat: func() cheat {
		return cheat{before: func(_ *writer, s *stream) {
			if s.name == "case a" && s.next == 3 {
				s.next = 4
			}
		}}
	}},
	{kind: "chain-broken*", reason: "prev is not the commitment", cheat: at("case a", 3, set("prev", digest{}.b64()))},
	{kind: "second-key-commit*", reason: "key_commit is not that", cheat: at("case a", 3, set("key_commit", keyCommit(seed("other")).b64()))},
	{kind: "origin-inside*", reason: "origin is not that", cheat: at("case a", 3, set("origin", "log.other"))},
	{kind: "stream-inside*", reason: "not event 3 of", cheat: at("case a", 3, set("stream", reference("nobody")))},
	{kind: "version-two*", reason: "v is 2", cheat: at("case a", 3, set("v", int64(2)))},
	{kind: "time-too-early*", reason: "is before checkpoint", cheat: at("cover", 1, shift(-50*time.Minute))},
	{kind: "time-too-late*", reason: "is after checkpoint", cheat: at("cover", 1, shift(15*time.Minute))},
	{kind: "time-goes-back*", reason: "its time goes back", cheat: func() cheat {
		return cheat{event: func(w *writer, s *stream, values map[string]any) {
			if s.name == "platform" && s.next == 0 {
				shift(9*time.Minute)(w, values)
			} else if s.name == "platform" && s.next == 1 {
				shift(-9*time.Minute)(w, values)
			}
		}}
	}},
	{kind: "time-without-decimals*", reason: "is not a time", cheat: at("case a", 3, set("time", "2026-11-23T14:20:00Z"))},
	{kind: "opened-by-other-type*", reason: "does not open a stream", cheat: at("case a", 0, set("type", "accepted"))},
	{kind: "leaves-out-of-order*", reason: "does not follow", cheat: func() cheat {
		return cheat{before: func(w *writer, s *stream) {
			if s.name == "case b" && s.next == 0 {
				w.swap(w.streams[2].events[0], w.streams[2].events[1])
			}
		}}
	}},
	{kind: "open-by-missing*", reason: "open_by is missing", cheat: at("case a", 0, func(_ *writer, values map[string]any) { delete(values, "open_by") })},
	{kind: "level-unknown*", reason: "is not one of the five", cheat: at("case a", 6, set("level", "everything"))},
	{kind: "counts-unsorted*", reason: "not sorted", cheat: at("case a", 4, func(_ *writer, values map[string]any) {
		list := values["recipients"].(map[string]any)["counts"].([]any)
		list[0], list[1] = list[1], list[0]
	})},
	{kind: "link-elsewhere*", reason: "does not name it in return", cheat: at("case a", 2, set("other_index", int64(0)))},
	{kind: "link-other-key*", reason: "other_key_commit is not that", cheat: at("case a", 2, set("other_key_commit", digest{}.b64()))},
	{kind: "deferral-of-fewer*", reason: "leaves were deferred", cheat: at("platform", 3, set("leaves", int64(1)))},
	{kind: "manifest-other*", reason: "is not the digest of the manifest", cheat: func() cheat {
		delayed := at("case a", 6, func(_ *writer, values map[string]any) { values["manifest"] = []any{} })()
		return cheat{event: delayed.event, record: func(s *stream, record map[string]any) { showManifests(s, record) }}
	}},
	{kind: "leaf-of-nobody*", reason: "no verified record claims it", cheat: extraLeaf(func(s *stream) digest { return seed("nobody's tag") })},
	{kind: "tag-twice*", reason: "its tag stands at leaves", cheat: extraLeaf(func(s *stream) digest { return tag(s.key, 1) })},
	{kind: "other-log*", reason: "not signed by the log", cheat: func() cheat {
		return cheat{sign: signWith(newSigner("log.other", algorithmEd25519, "other log"))}
	}},
	{kind: "forked-root*", reason: "do not give the root", cheat: func() cheat { return cheat{root: forked} }},
	{kind: "receipt-of-fork*", reason: "is not one of the log's", cheat: func() cheat { return cheat{finish: receiptOfFork} }},
	{kind: "promise-late*", reason: "was covered late", cheat: func() cheat {
		return cheat{finish: func(w *writer, e *written) {
			w.now = w.now.Add(-5 * time.Hour)
			w.promised("late", e)
		}}
	}},
	{kind: "promise-not-kept*", reason: "is not in the log", cheat: func() cheat {
		return cheat{finish: func(w *writer, e *written) {
			w.leaves = append([][]byte{}, w.leaves...)
			w.leaves[e.leaf] = leafOf(e.tag, seed("never logged"))
			w.promised("broken", e)
		}}
	}},
	{kind: "unwitnessed*", reason: "no quorum", cheat: func() cheat {
		return cheat{sign: func(_ *writer, _ int64, signers []note.Signer) []note.Signer { return signers[:2] }}
	}},
}

// showManifests opens what the record would keep back of event 6.
func showManifests(s *stream, record map[string]any) {
	if s.name == "case a" {
		record["events"].([]any)[6].(map[string]any)["fields"] = s.events[6].export(map[string]string{"ground": "text"})
	}
}

// extraLeaf appends a leaf that belongs to no event, before event 3 of case a.
func extraLeaf(which func(s *stream) digest) func() cheat {
	return func() cheat {
		return cheat{before: func(w *writer, s *stream) {
			if s.name == "case a" && s.next == 3 {
				w.check(w.tree.append(leafOf(which(s), seed("nothing"))))
			}
		}}
	}
}

// swap lets two events that are not sealed yet change places.
func (w *writer) swap(x, y *written) {
	leaves := append([][]byte{}, w.leaves...)
	leaves[x.leaf], leaves[y.leaf] = leaves[y.leaf], leaves[x.leaf]
	x.leaf, y.leaf = y.leaf, x.leaf
	w.tree = tree{}
	for _, leaf := range leaves {
		w.check(w.tree.append(leaf))
	}
}

// forked gives another root for every size.
func forked(size int64, root tlog.Hash) tlog.Hash { return tlog.NodeHash(root, root) }

// receiptOfFork hands out a receipt under a checkpoint that the log signed, but never published.
func receiptOfFork(w *writer, e *written) {
	fork := &writer{dir: filepath.Join(w.dir, "fork"), now: w.now, log: w.log, witnesses: w.witnesses}
	for range w.leaves {
		w.check(fork.tree.append(w.leaves[e.leaf]))
	}
	fork.seal()
	fork.receipt("fork", e, int64(len(fork.leaves)), nil)
	w.check(fork.err)
	w.check(os.Rename(filepath.Join(fork.dir, "receipts/fork.tlog-proof"), filepath.Join(w.dir, "receipts/fork.tlog-proof")))
	w.check(os.RemoveAll(fork.dir))
}
