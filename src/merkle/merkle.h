// Append-only logs that outsiders can check: the C2SP tlog family on RFC 6962 Merkle trees. Pure:
// no clock, no store, no network; what must be read or kept is handed in or handed back.
//
//   tree.h     leaf and node hashes; checking proofs; making roots and proofs from stored hashes
//   tile.h     those hashes as tiles (tlog-tiles): names, growing the right edge, reading, entries
//   note.h     signed notes, keys, checkpoints, cosignatures, offline proof files
//   witness.h  which witnesses are enough (tlog-policy); asking one and being one (tlog-witness)
//
// The life of a log entry:
//
//   Edge::load() at the current size, Edge::append(leaf_hash(entry)) for each new entry, store what
//   take_changed() gives in the transaction that stores the entries. Later sign a checkpoint of
//   (size, root) with sign_note(), send it with a proof of consistency to the witnesses
//   (write_add_checkpoint(), accept_cosignatures()), and give out LogProof files, which
//   verify_proof() checks offline against a Policy.
//
// Invariants:
//   1. A parser takes exactly what the writer makes: one text, one value. (A policy file alone has
//      freedom in white space, comments and the order of lines.)
//   2. Every parser has limits, and none reads further than its input.
//   3. No proof is ever made from anything but stored hashes; a wrong stored hash gives a proof
//      that fails against the signed root, never one that passes.
//
// Limits: ML-DSA-44 (type 0x06) keys are refused and such signatures ignored, because neither
// OpenSSL 3.0 nor libsodium has the algorithm. Pruned logs are not supported.
//
// Threads: all are values and functions of their arguments.
// Start with tree.h, then the tests in tree_test.cc.
#pragma once

#include "merkle/note.h"
#include "merkle/tile.h"
#include "merkle/tree.h"
#include "merkle/witness.h"
