// What is sent for it, and what is refused. A server that answers: tests/walkthrough/news.py.
#include "net/mail.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

Letter letter() {
  return {"weir@a.example", "ben@b.example", "News on Weir", "Hello\nben\n", "7.a.example", {0}};
}

TEST(Mail, IsALetterOfRfc5322) {
  const auto written = write_letter(letter());
  ASSERT_TRUE(written);
  EXPECT_TRUE(written->starts_with("From: Weir <weir@a.example>\r\nTo: <ben@b.example>\r\n"));
  EXPECT_TRUE(written->contains("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"));
  EXPECT_TRUE(written->contains("Message-ID: <7.a.example>\r\n"));
  EXPECT_TRUE(written->ends_with("\r\n\r\nHello\r\nben\r\n"));
}

TEST(Mail, NothingSmugglesALineOrAnAddress) {
  const auto code = [](const Letter& bad) {
    const auto written = write_letter(bad);
    return written ? Code::corrupt : written.error().code;
  };
  for (const char* address : {"", "ben", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nBcc: x@y", "<a@b>",
                              "a@b,c@d", "\"a\"@b", "a@b\n"}) {
    Letter bad = letter();
    bad.to = address;
    EXPECT_EQ(code(bad), Code::invalid) << address;
    bad = letter();
    bad.from = address;
    EXPECT_EQ(code(bad), Code::invalid) << address;
  }
  for (const char* line : {"a\r\nBcc: x@y", "a\nb", "ü"}) {
    Letter bad = letter();
    bad.subject = line;
    EXPECT_EQ(code(bad), Code::invalid) << line;
    bad = letter();
    bad.id = line;
    EXPECT_EQ(code(bad), Code::invalid) << line;
  }
  Letter bad = letter();
  bad.text = "a\r\n.\r\n";
  EXPECT_EQ(code(bad), Code::invalid);
  bad.text = std::string(999, 'a');
  EXPECT_EQ(code(bad), Code::invalid);
}

TEST(Mail, AnEncryptedTextGoesAsRfc3156) {
  const auto part = protected_part(letter());
  ASSERT_TRUE(part);
  EXPECT_TRUE(part->starts_with("Content-Type: text/plain; charset=utf-8; protected-headers"));
  EXPECT_TRUE(part->ends_with("\r\nSubject: News on Weir\r\n\r\nHello\r\nben\r\n"));
  Letter sealed = letter();
  sealed.form = Form::openpgp;
  EXPECT_EQ(write_letter(sealed).error().code, Code::invalid) << "nothing goes out by mistake";
  sealed.text = "-----BEGIN PGP MESSAGE-----\n\nabc=\n-----END PGP MESSAGE-----\n";
  const auto written = write_letter(sealed);
  ASSERT_TRUE(written);
  EXPECT_TRUE(
      written->contains("\r\nContent-Type: multipart/encrypted; "
                        "protocol=\"application/pgp-encrypted\";\r\n boundary="));
  EXPECT_TRUE(written->contains("application/pgp-encrypted\r\n\r\nVersion: 1\r\n"));
  EXPECT_TRUE(written->ends_with("-----END PGP MESSAGE-----\r\n\r\n--weir_openpgp--\r\n"));
  EXPECT_FALSE(written->contains("text/plain"));
  for (const char* line : {"a\r\nBcc: x@y", "a\nb"}) {
    Letter bad = letter();
    bad.subject = line;
    EXPECT_FALSE(protected_part(bad)) << line;
  }
}

TEST(Mail, AServerIsAnSmtpAddress) {
  for (const char* url : {"", "http://a", "smtp:a", "smtp://user:pw@a", "file:///etc/passwd"}) {
    const Status sent = send_mail({.url = url}, letter());
    ASSERT_FALSE(sent) << url;
    EXPECT_EQ(sent.error().code, Code::invalid) << url;
  }
}

}  // namespace
}  // namespace weir::net
