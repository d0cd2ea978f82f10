// What GnuPG makes is read, and what is written for it GnuPG opens.
#include "openpgp/openpgp.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "openpgp/librnp.h"

namespace weir::openpgp {
namespace {

namespace fs = std::filesystem;

constexpr Instant kNow{1'798'761'600'000};  // 2027-01-01
constexpr const char* kMade = "20260601T000000!";

/// GnuPG with a home of its own, which goes with it.
class Gpg {
 public:
  Gpg() {
    std::string name = (fs::temp_directory_path() / "weir-gpg-XXXXXX").string();
    home_ = ::mkdtemp(name.data());
  }
  ~Gpg() {
    run("gpgconf --homedir '" + home_ + "' --kill all 2>&1");
    std::error_code error;
    fs::remove_all(home_, error);
  }
  Gpg(const Gpg&) = delete;
  Gpg& operator=(const Gpg&) = delete;

  std::string run(const std::string& command) {
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string out;
    std::array<char, 4096> piece{};
    for (std::size_t read = 0; (read = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) {
      out.append(piece.data(), read);
    }
    status = ::pclose(pipe);
    return out;
  }
  std::string gpg(const std::string& words) {
    return run("gpg --homedir '" + home_ + "' --batch --quiet --no-tty --pinentry-mode loopback " +
               "--passphrase '' --trust-model always " + words + " 2>/dev/null");
  }
  /// Makes it as of kMade, and gives the armored public key.
  std::string make(const std::string& user, const std::string& kinds) {
    gpg(std::string("--faked-system-time ") + kMade + " --quick-generate-key '" + user + "' " +
        kinds);
    EXPECT_EQ(status, 0) << "gpg cannot make a key " << kinds;
    return gpg("--armor --export '" + user + "'");
  }
  std::string decrypt(const std::string& message) {
    const fs::path path = fs::path(home_) / "message.asc";
    std::ofstream(path) << message;
    return gpg("--decrypt '" + path.string() + "'");
  }

  const std::string& home() const { return home_; }

  int status = 0;

 private:
  std::string home_;
};

std::string refusal(std::string_view key, Instant now = kNow) {
  const auto read = read_key(key, now);
  EXPECT_FALSE(encrypt(key, "text", now)) << "what cannot be read cannot be encrypted to";
  return read ? "" : read.error().message;
}

TEST(OpenPgp, GnuPgOpensWhatIsEncryptedToItsKeys) {
  Gpg gpg;
  for (const char* kinds : {"default default never", "rsa3072 encrypt,sign 2y"}) {
    const std::string user = std::string("rita-") + kinds[0] + "@lark.example";
    const std::string made = gpg.make(user, kinds);
    const auto key = read_key(made, kNow);
    ASSERT_TRUE(key) << kinds << text(key.error());
    EXPECT_TRUE(gpg.gpg("--with-colons --fingerprint '" + user + "'").contains(key->fingerprint));
    EXPECT_EQ(key->expires.has_value(), std::string_view(kinds).ends_with("2y"));
    const auto message = encrypt(key->bytes, "two messages \xc3\xbc\r\n", kNow);
    ASSERT_TRUE(message) << text(message.error());
    EXPECT_TRUE(message->starts_with("-----BEGIN PGP MESSAGE-----"));
    EXPECT_FALSE(message->contains("two messages"));
    EXPECT_EQ(gpg.decrypt(*message), "two messages \xc3\xbc\r\n");
    EXPECT_NE(*encrypt(key->bytes, "a", kNow), *encrypt(key->bytes, "a", kNow));
    const auto again = armored(key->bytes);
    ASSERT_TRUE(again && again->starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----"));
    EXPECT_EQ(read_key(*again, kNow)->bytes, key->bytes);
    EXPECT_TRUE(read_key(key->bytes, kNow)) << "what is kept can be read again";
  }
}

TEST(OpenPgp, ExpiryIsThatOfTheKeyToTheSecond) {
  Gpg gpg;
  const std::string made = gpg.make("ed@lark.example", "default default 20270601T000000");
  const auto key = read_key(made, kNow);
  ASSERT_TRUE(key && key->expires);
  EXPECT_EQ(to_rfc3339(*key->expires), "2027-06-01T00:00:00.000Z");
  const Instant last{key->expires->ms - 1'000};
  EXPECT_TRUE(read_key(made, last));
  EXPECT_TRUE(encrypt(made, "text", last));
  EXPECT_EQ(refusal(made, *key->expires), "the OpenPGP key has expired");
  EXPECT_NE(refusal(made, Instant{1'700'000'000'000}), "") << "made later than that";
}

TEST(OpenPgp, WhatIsNoUsableKeyIsRefusedWithTheReason) {
  Gpg gpg;
  const std::string good = gpg.make("good@lark.example", "default default never");
  const std::string other = gpg.make("other@lark.example", "default default never");
  EXPECT_TRUE(refusal("").contains("64 KiB"));
  EXPECT_TRUE(refusal(std::string(kMostKeyBytes + 1, 'a')).contains("64 KiB"));
  EXPECT_EQ(refusal("no key"), "not an OpenPGP public key");
  EXPECT_EQ(refusal(good.substr(0, good.size() / 2)), "not an OpenPGP public key");
  EXPECT_TRUE(refusal(gpg.gpg("--armor --export good@lark.example other@lark.example"))
                  .contains("more than one"));
  EXPECT_TRUE(refusal(gpg.gpg("--armor --export-secret-keys good@lark.example"))
                  .contains("private OpenPGP key"));
  EXPECT_TRUE(refusal(gpg.gpg("--export-secret-keys good@lark.example")).contains("private"));
  EXPECT_TRUE(refusal(gpg.make("sign@lark.example", "ed25519 sign never")).contains("no part"));
  EXPECT_TRUE(refusal(gpg.make("short@lark.example", "rsa1024 encrypt,sign never"))
                  .contains("less than 2048 bits"));
  std::string changed = read_key(good, kNow).value().bytes;
  changed[changed.size() - 20] = static_cast<char>(changed[changed.size() - 20] ^ 1);
  EXPECT_NE(refusal(changed), "") << "the subkey's binding does not hold";
}

TEST(OpenPgp, LoadsItsLibraryWithTheFirstKey) {
  EXPECT_TRUE(armored("what it is it does not ask"));
  EXPECT_TRUE(librnp.is_loaded());
}

TEST(OpenPgp, ARevokedKeyIsRefused) {
  Gpg gpg;
  const std::string good = gpg.make("gone@lark.example", "default default never");
  EXPECT_TRUE(read_key(good, kNow));
  // GnuPG lays a revocation beside each key, with a colon before it against accidents.
  gpg.run("sed 's/^:-/-/' '" + gpg.home() + "'/openpgp-revocs.d/*.rev > '" + gpg.home() + "/rev'");
  gpg.gpg("--import '" + gpg.home() + "/rev'");
  EXPECT_EQ(refusal(gpg.gpg("--armor --export gone@lark.example")), "the OpenPGP key is revoked");
}

}  // namespace
}  // namespace weir::openpgp
