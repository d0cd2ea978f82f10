// Outbound mail: one letter to one recipient, handed to the operator's mail server by SMTP.
//
// Invariants:
//   1. Nothing is sent in the clear but to a loopback server: elsewhere TLS is needed, from the
//   start
//      (smtps://) or by STARTTLS, and the server's certificate and name are verified.
//   2. A password is sent under TLS only, and never logged nor put into an error.
//   3. What goes into a head is checked to be one line; addresses hold no spaces, brackets,
//   controls.
//
// Limits: SMTP without UTF-8 addresses (RFC 6531); no OpenPGP.
//
// Thread rule: safe from several threads. Start with mail_test.cc.
#pragma once

#include <string>

#include "base/crypto.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::net {

struct MailServer {
  std::string url;     // smtp://host[:port] or smtps://host[:port]
  std::string user{};  // empty: without signing in
  Secret password{};
  std::string ca_file{};  // PEM; empty: the system's authorities
};

struct Letter {
  std::string from;     // address
  std::string to;       // address
  std::string subject;  // ASCII
  std::string text;     // UTF-8, lines end with \n
  std::string id;       // without brackets: the same for every attempt, so that a repeat is known
  Instant at;
};

/// The letter as RFC 5322 text with \r\n: 8-bit UTF-8, lines wrapped by nobody. `invalid` for what
/// would not be one line, or is no address.
Result<std::string> write_letter(const Letter& letter);

/// `invalid` for a server or letter that is none, `denied` if the certificate does not verify or
/// the server refuses the password, `unavailable` for everything else.
Status send_mail(const MailServer& server, const Letter& letter);

}  // namespace weir::net
