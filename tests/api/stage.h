// A platform on which every route has something to act on, and everybody stands who may call: for
// the matrix of who may do what, and for attacks that go through all of it.
//
//   first       rita's, of two vulnerabilities; handled by cora; ACME (ven) and the suspended
//               vendor (sue) take part; notice of it was released to CERT; that the suspended one
//               is left out waits for a second person
//   coded       filed without an account
//               it has ACME's clocks: a draft, a filing, a conflict of laws, a warning
//               and ACME has a watch list (acma's) with a finding
//   open, claimed, second, proposed, held, published
//               untouched; claimed by cora; accepted by her; with a proposal for an embargo; with
//               one that is confirmed, and a delay; published
#pragma once

#include "rows.h"

namespace weir::api {

/// One way to call: how it is named in the matrix, and what it brings along.
struct Caller {
  std::string name;
  std::string handle{};  // whose account it is; empty: nobody's
  std::string token{};
  std::string code{};
  Served::Signed session{};
  enum class Door { network, local_socket } door = Door::network;
};

class Stage : public Served {
 public:
  Stage();

  const std::vector<Caller>& callers() const { return callers_; }
  const Caller& caller(const std::string& name) const;
  /// The request of `row` that could succeed for somebody, as this caller would send it.
  Asking asking(const Row& row, const Caller& caller);
  /// Sends it, from a network of its own.
  Answered ask_as(Asking asking, const Caller& caller);

  Ids ids;                                   // of `first`, its children, and people of ACME
  std::map<std::string, std::string> cases;  // by the names above
  std::string code;                          // of `coded`

 private:
  void add_people();
  void add_cases();
  void add_children();
  void add_clocks();
  void add_watch();
  void sign_everybody_in();
  void end_some();
  std::string token_of(const std::string& handle, const std::string& body);
  json::Object body_of(const Row& row, const Caller& caller);

  std::vector<Caller> callers_;
  int asked_ = 0;
};

}  // namespace weir::api
