package main

import (
	"fmt"
	"sort"
)

// The plan of the world that `make` writes: a platform, cover, a case with another merged into it and a
// part split off, accesses, a deferral, receipts and a promise.

// contentFields are the salted digest of bytes, for the types whose content is the thing itself.
func contentFields(name string, bytes string) map[string]any {
	salt := seed("content salt " + name)
	return map[string]any{"content_salt": salt.b64(), "content": contentDigest(salt, []byte(bytes)).b64()}
}

// manifestFields are the digest of a manifest of objects.
func manifestFields(name string, objects ...string) map[string]any {
	manifest := []any{}
	for i, object := range objects {
		inner := seed("object salt " + object)
		manifest = append(manifest, map[string]any{"object": reference("object " + object), "version": int64(i + 1),
			"level": "advisory", "salt": inner.b64(), "digest": contentDigest(inner, []byte(object)).b64()})
	}
	salt := seed("content salt " + name)
	return map[string]any{"content_salt": salt.b64(), "manifest": manifest, "level": "advisory",
		"content": contentDigest(salt, canonical(manifest)).b64()}
}

func with(maps ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, one := range maps {
		for name, value := range one {
			out[name] = value
		}
	}
	return out
}

func recipient(name, class, country string) map[string]any {
	return map[string]any{"recipient_ref": reference("recipient " + name), "recipient_class": class,
		"recipient_country": country}
}

// released decides a release to two recipients.
func released(name string) map[string]any {
	list := []any{reference("recipient a"), reference("recipient b")}
	sort.Slice(list, func(i, j int) bool { return list[i].(string) < list[j].(string) })
	out := manifestFields(name, "advisory text", "patch")
	out["recipient_list"] = list
	out["recipients"] = map[string]any{"digest": recipientsDigest(seed("content salt "+name), list).b64(), "counts": []any{
		map[string]any{"class": "csirt", "country": "ZZ", "count": int64(1)},
		map[string]any{"class": "vendor", "country": "DE", "count": int64(1)}}}
	return out
}

// hardValues tries a reader's JSON: keys that UTF-16 and bytes order differently, escapes, the integers
// at the edge, nesting.
func hardValues() map[string]any {
	return map[string]any{"\U0001F600": int64(maxInteger), "\uFB33": int64(-maxInteger), "\u0080": int64(0),
		"\r": "\u0000\u001f\"\\/\b\f\n\r\t\u007f\u2028", "": []any{nil, true, false, []any{}, map[string]any{}},
		"é": "e\u0301", "1": map[string]any{"10": int64(10), "9": int64(-9)}}
}

func link(s, other *stream, index int64) map[string]any {
	s.linked = append(s.linked, other.ref)
	return map[string]any{"other": other.ref, "other_key_commit": keyCommit(other.key).b64(), "other_index": index}
}

var caseKept = map[string]string{"reporter": "person", "organisation": "agreement", "ground": "text",
	"content_salt": "content", "manifest": "content", "recipient_list": "content"}

// makeWorld writes DIR. `padding` is the number of cover events more; the cheat breaks one thing.
func makeWorld(dir string, padding int, cheat cheat) error {
	w := newWriter(dir, cheat)
	platform := w.stream("platform", "platform", map[string]string{"contact": "person"})
	cover := w.stream("cover", "cover", nil)
	a := w.stream("case a", "case", caseKept)
	b := w.stream("case b", "case", caseKept)
	c := w.stream("case c", "case", caseKept)

	w.add(platform, "rule", map[string]any{"name": "seal", "value": hardValues()})
	w.add(platform, "member", map[string]any{"organisation": "Ångström GmbH", "class": "vendor", "contact": "Jane Doe"})
	w.add(cover, "cover", nil)
	w.seal()
	first := w.add(a, "report_received", with(contentFields("a0", "a report\r\n"), map[string]any{"reporter": "J. Doe"}))
	w.promised("report", first)
	w.add(a, "accepted", map[string]any{"organisation": "Example CERT"})
	w.add(b, "report_received", with(contentFields("b0", "the same thing"), map[string]any{"reporter": nil}))
	w.add(cover, "cover", nil)
	w.seal()
	w.add(platform, "agreement", map[string]any{"organisation": "Ångström GmbH", "terms": int64(3)})
	w.add(a, "merged", link(a, b, 1)) // index 2
	w.add(b, "merged", link(b, a, 2)) // index 1
	w.add(c, "report_received", contentFields("c0", "a part of the report"))
	w.add(a, "split", link(a, c, 1)) // index 3
	w.add(c, "split", link(c, a, 3)) // index 1
	w.add(platform, "opening_deferred", map[string]any{"deferred_key_commit": keyCommit(b.key).b64(), "leaves": int64(2),
		"log_size": int64(len(w.leaves)), "until": "2027-05-01T00:00:00.000Z", "ground_class": "unfixed"})
	w.seal()
	w.add(a, "release_decided", with(released("a4"), map[string]any{"ground": "the vendor agreed on 3 December"}))
	w.add(a, "offered", with(manifestFields("a5", "advisory text"), recipient("a", "vendor", "DE")))
	read := w.add(a, "access", with(manifestFields("a6", "advisory text", "patch"), recipient("a", "vendor", "DE"),
		map[string]any{"ground": "first read"}))
	for i := 0; i < padding; i++ {
		w.add(cover, "cover", nil)
	}
	w.seal()
	sent := w.add(a, "delivered", with(manifestFields("a7", "patch"), recipient("b", "csirt", "ZZ")))
	w.add(a, "published", contentFields("a8", "advisory 1"))
	w.seal()
	for _, s := range []*stream{b, c, a, platform, cover} {
		w.add(s, "custody_opened", nil)
	}
	w.seal()
	for _, s := range w.streams {
		w.record(s)
	}
	last := w.sealed[len(w.sealed)-1]
	_, covered := w.brackets(first.leaf)
	w.receipt("report", first, covered, map[string]string{"reporter": "person"})
	_, covered = w.brackets(read.leaf)
	w.receipt("access", read, covered, map[string]string{"ground": "text"})
	w.receipt("delivered", sent, last, nil)
	if w.cheat.finish != nil {
		w.cheat.finish(w, read)
	}
	if w.err != nil {
		return fmt.Errorf("make: %w", w.err)
	}
	return nil
}
