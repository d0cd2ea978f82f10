// Go-log checks a mirrored Weir log with somebody else's code: the note and Merkle tree packages
// that Go's own checksum database uses. Nothing of Weir's is called.
//
//	go-log [-any-entries] DIR
//
// DIR/vkey holds the log's verifier key; DIR/log holds what the server shows under /log:
// checkpoint, checkpoints/SIZE, tile/LEVEL/N[.p/W] and tile/entries/N[.p/W].
//
// It exits with 0 if all of this holds, or with 1 and the first reason why not:
//
//  1. every checkpoint is signed by the key, and the latest is among the archived ones;
//  2. each archived checkpoint is consistent with the next and with the latest;
//  3. every entry is a Weir leaf (65 bytes, the first 0x01), unless -any-entries is given;
//  4. the hash of every entry stands in the tiles, and the entries alone give every root.
package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type entryRule int

const (
	weirLeaves entryRule = iota
	anyEntries
)

func main() {
	any := flag.Bool("any-entries", false, "take entries that are not Weir's leaves")
	flag.Usage = func() { fmt.Fprintln(os.Stderr, "usage: go-log [-any-entries] DIR") }
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	rule := weirLeaves
	if *any {
		rule = anyEntries
	}
	summary, err := verify(flag.Arg(0), rule)
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-log:", err)
		os.Exit(1)
	}
	fmt.Println(summary)
}

// verify returns a sentence about what was checked, or the first thing that is wrong.
func verify(dir string, rule entryRule) (string, error) {
	key, err := os.ReadFile(filepath.Join(dir, "vkey"))
	if err != nil {
		return "", err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return "", fmt.Errorf("vkey: %w", err)
	}
	log := filepath.Join(dir, "log")
	latest, err := openCheckpoint(filepath.Join(log, "checkpoint"), verifier)
	if err != nil {
		return "", err
	}
	all, err := archived(log, verifier)
	if err != nil {
		return "", err
	}
	if len(all) == 0 || all[len(all)-1] != latest {
		return "", errors.New("the latest checkpoint is not the last of the archived ones")
	}
	if err := checkConsistency(log, all); err != nil {
		return "", err
	}
	if err := checkEntries(log, all, rule); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %d entries, %d checkpoints: consistent", latest.origin, latest.tree.N, len(all)), nil
}

// checkConsistency proves every checkpoint a prefix of the next one and of the latest.
func checkConsistency(log string, all []checkpoint) error {
	latest := all[len(all)-1]
	for i, old := range all {
		newer := []checkpoint{latest}
		if i+1 < len(all) {
			newer = append(newer, all[i+1])
		}
		for _, tree := range newer {
			if err := checkPrefix(log, old.tree, tree.tree); err != nil {
				return fmt.Errorf("checkpoint %d against %d: %w", old.tree.N, tree.tree.N, err)
			}
		}
	}
	return nil
}

func checkPrefix(log string, old, newer tlog.Tree) error {
	if old.N == 0 {
		if old.Hash != sha256.Sum256(nil) { // RFC 6962, 2.1; tlog has no empty tree
			return errors.New("the root of an empty tree is wrong")
		}
		return nil
	}
	proof, err := tlog.ProveTree(newer.N, old.N, tlog.TileHashReader(newer, tiles{log}))
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, newer.N, newer.Hash, old.N, old.Hash)
}

// checkEntries rebuilds the tree from the entries alone and holds it against tiles and roots.
func checkEntries(log string, all []checkpoint, rule entryRule) error {
	latest := all[len(all)-1].tree
	entries, err := leaves(log, latest.N)
	if err != nil {
		return err
	}
	published := tlog.TileHashReader(latest, tiles{log})
	var stored []tlog.Hash // the tree as the entries give it, in tlog's storage order
	storage := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, 0, len(indexes))
		for _, index := range indexes {
			out = append(out, stored[index])
		}
		return out, nil
	})
	for i, entry := range entries {
		if rule == weirLeaves && (len(entry) != leafBytes || entry[0] != leafVersion) {
			return fmt.Errorf("entry %d is not a leaf: %d bytes", i, len(entry))
		}
		hashes, err := tlog.StoredHashes(int64(i), entry, storage)
		if err != nil {
			return err
		}
		stored = append(stored, hashes...)
	}
	if err := checkTiles(published, stored, len(entries)); err != nil {
		return err
	}
	for _, point := range all {
		if point.tree.N == 0 {
			continue // checkPrefix looked at it
		}
		root, err := tlog.TreeHash(point.tree.N, storage)
		if err != nil {
			return err
		}
		if root != point.tree.Hash {
			return fmt.Errorf("the entries do not give the root of checkpoint %d", point.tree.N)
		}
	}
	return nil
}

// checkTiles reads the leaf hashes from the tiles, one tile's worth at a time.
func checkTiles(published tlog.HashReader, stored []tlog.Hash, size int) error {
	for from := 0; from < size; from += tileWidth {
		var indexes []int64
		for n := from; n < size && n < from+tileWidth; n++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, int64(n)))
		}
		hashes, err := published.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, index := range indexes {
			if hashes[i] != stored[index] {
				return fmt.Errorf("entry %d does not hash to what the tiles say", from+i)
			}
		}
	}
	return nil
}
