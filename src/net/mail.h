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
// A letter whose text was encrypted elsewhere goes as PGP/MIME (RFC 3156): protected_part() is what
// has to be encrypted, and its outer head says the same for every letter of its sender.
//
// Limits: SMTP without UTF-8 addresses (RFC 6531).
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

/// plain: the text as it is. openpgp: the text is an armored OpenPGP message.
enum class Form { plain, openpgp };

struct Letter {
  std::string from;     // address
  std::string to;       // address
  std::string subject;  // ASCII
  std::string text;     // UTF-8, lines end with \n
  std::string id;       // without brackets: the same for every attempt, so that a repeat is known
  Instant at;
  Form form = Form::plain;
};

/// What of a plain letter is to be encrypted: a part of MIME with the subject and the text, lines
/// ended by \r\n. `invalid` as write_letter().
Result<std::string> protected_part(const Letter& letter);

/// The letter as RFC 5322 text with \r\n: 8-bit UTF-8, lines wrapped by nobody. `invalid` for what
/// would not be one line, or is no address.
Result<std::string> write_letter(const Letter& letter);

/// `invalid` for a server or letter that is none, `denied` if the certificate does not verify or
/// the server refuses the password, `unavailable` for everything else.
Status send_mail(const MailServer& server, const Letter& letter);

}  // namespace weir::net
