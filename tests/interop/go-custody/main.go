// Go-custody reads and writes Weir's ledger, custody records and receipts as an outsider would: it was
// written from docs/formats/{ledger,custody,receipt}.md and the C2SP pages alone. Nothing of Weir's is
// called; notes and Merkle trees are those of Go's own checksum database.
//
//	go-custody verify [-partial] DIR
//	go-custody make [-padding N] DIR
//	go-custody tamper DIR OUT KIND
//	go-custody kinds
//
// DIR holds vkey (one line: the log's verifier key) and, if witnesses are trusted, policy (C2SP
// tlog-policy); log/ as the server shows it below /log; custody/*.json; receipts/*.tlog-proof; and, if
// there are promises, promise-vkey (one line) and promises/*.txt.
//
// verify prints a line for each group of checks and ends with 0 if all hold, or with 1 and what is
// wrong where. Every leaf must be claimed by exactly one event; with -partial, leaves that nobody claims
// are only counted, as in a log of which some streams are not opened yet.
//
// make writes such a folder from fixed seeds; with -padding 300 the log has more than one full tile.
// tamper copies a folder with one thing wrong in it. Kinds marked * need the log's secret key and write
// the world of `make` anew with an operator that cheats; the others work on anybody's folder.
//
// Build it with Debian's golang-golang-x-mod-dev, without a network: GOPROXY=off go build, or go test;
// both Go 1.19 and newer do.
//
// Limits: one log (records that name events in other logs are refused); no hard ceiling, so no leaf is
// called due; contents are checked only where their preimage is shown; witnesses of type 0x04 only.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	if len(args) == 0 {
		return usage()
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	partial := flags.Bool("partial", false, "verify: count unclaimed leaves, do not refuse them")
	padding := flags.Int("padding", 0, "make: so many more cover events")
	if flags.Parse(args[1:]) != nil {
		return 2
	}
	var err error
	switch command := args[0]; {
	case command == "verify" && flags.NArg() == 1:
		problems := verify(flags.Arg(0), os.Stdout, *partial)
		for _, problem := range problems {
			fmt.Fprintln(os.Stderr, "go-custody:", problem)
		}
		if len(problems) > 0 {
			return 1
		}
	case command == "make" && flags.NArg() == 1:
		err = makeWorld(flags.Arg(0), *padding, cheat{})
	case command == "tamper" && flags.NArg() == 3:
		err = tamper(flags.Arg(0), flags.Arg(1), flags.Arg(2))
	case command == "kinds" && flags.NArg() == 0:
		for _, one := range tampers {
			fmt.Println(one.kind)
		}
	default:
		return usage()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-custody:", err)
		return 1
	}
	return 0
}

func usage() int {
	fmt.Fprintln(os.Stderr, "usage: go-custody verify [-partial] DIR | make [-padding N] DIR | tamper DIR OUT KIND | kinds")
	return 2
}
