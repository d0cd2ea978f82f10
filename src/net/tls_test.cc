// The outbound client against a TLS server of our own: whom it trusts, and that it says nothing to
// anybody else.
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net.h"
#include "net/net_test.h"

namespace weir::net {
namespace {

constexpr long kDay = 24L * 3600;
constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret";

template <auto kFree>
struct Free {
  void operator()(auto* thing) const { kFree(thing); }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Free<SSL_free>>;

/// A key with the certificate that speaks for it.
struct Identity {
  Key key;
  Certificate certificate;
};

struct Wanted {
  std::string alternative_names;  // as OpenSSL writes them; empty: an authority
  long from = -kDay;              // seconds from now
  long until = kDay;
};

void extend(X509* certificate, int what, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()));
  ASSERT_TRUE(extension);
  ASSERT_EQ(X509_add_ext(certificate, extension.get(), -1), 1);
}

/// Signed by `issuer`, or by itself if that is null.
Identity issue(const Identity* issuer, const Wanted& wanted) {
  static std::atomic<long> serial = 1;
  Identity made{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
  X509* one = made.certificate.get();
  X509_set_version(one, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(one), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(one), wanted.from);
  X509_gmtime_adj(X509_getm_notAfter(one), wanted.until);
  X509_set_pubkey(one, made.key.get());
  const std::string name = "weir test " + std::to_string(serial);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(one), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(one, X509_get_subject_name(issuer ? issuer->certificate.get() : one));
  const bool is_authority = wanted.alternative_names.empty();
  extend(one, NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!is_authority) {
    extend(one, NID_subject_alt_name, wanted.alternative_names);
  }
  EXPECT_GT(X509_sign(one, issuer ? issuer->key.get() : made.key.get(), EVP_sha256()), 0);
  return made;
}

/// A file with the certificate alone, as Limits::ca_file wants it.
class CaFile {
 public:
  explicit CaFile(const Identity& authority) {
    std::string name = (std::filesystem::temp_directory_path() / "weir-ca-XXXXXX").string();
    ::close(::mkstemp(name.data()));
    path_ = name;
    std::FILE* file = std::fopen(path_.c_str(), "w");
    EXPECT_EQ(PEM_write_X509(file, authority.certificate.get()), 1);
    std::fclose(file);
  }
  ~CaFile() { std::filesystem::remove(path_); }
  CaFile(const CaFile&) = delete;
  CaFile& operator=(const CaFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// On 127.0.0.1, with that identity; counts the requests that were sent to it after the handshake.
class TlsServer {
 public:
  explicit TlsServer(const Identity& identity, int newest = 0,
                     std::string answer = std::string(kAnswer))
      : context_(SSL_CTX_new(TLS_server_method())), answer_(std::move(answer)) {
    SSL_CTX_set_security_level(context_.get(), 0);  // so that it can be old-fashioned
    SSL_CTX_set_max_proto_version(context_.get(), newest);
    EXPECT_EQ(SSL_CTX_use_certificate(context_.get(), identity.certificate.get()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(context_.get(), identity.key.get()), 1);
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    EXPECT_EQ(::pipe(stop_.data()), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() {
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(listener_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(port_) + "/checkpoint";
  }
  int requests() const { return requests_; }

 private:
  void serve() {
    for (;;) {
      std::array<pollfd, 2> both{pollfd{listener_, POLLIN, 0}, pollfd{stop_[0], POLLIN, 0}};
      ::poll(both.data(), both.size(), -1);
      if (both[1].revents != 0) {
        return;
      }
      const int client = ::accept(listener_, nullptr, nullptr);
      answer(client);
      ::close(client);
    }
  }
  void answer(int client) {
    std::signal(SIGPIPE, SIG_IGN);  // a client that does not trust us hangs up while we write
    const Session session(SSL_new(context_.get()));
    SSL_set_fd(session.get(), client);
    if (SSL_accept(session.get()) != 1) {
      return;
    }
    std::array<char, 4096> buffer{};
    if (SSL_read(session.get(), buffer.data(), buffer.size()) > 0) {
      ++requests_;
      SSL_write(session.get(), answer_.data(), static_cast<int>(answer_.size()));
      SSL_shutdown(session.get());
    }
  }

  Context context_;
  std::string answer_;
  int listener_ = -1;
  int port_ = 0;
  std::array<int, 2> stop_{};
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

struct Trust {
  const char* why;
  Wanted wanted;
  enum class By { ours, another, itself } by;
  const char* host;
  bool is_trusted;
};

TEST(Tls, WhoIsTrustedIsWhoHasTheNameFromTheAuthorityNow) {
  const Identity authority = issue(nullptr, {});
  const Identity another = issue(nullptr, {});
  const CaFile file(authority);
  using By = Trust::By;
  const Trust cases[] = {
      {"by name", {"DNS:localhost"}, By::ours, "localhost", true},
      {"by address", {"IP:127.0.0.1"}, By::ours, "127.0.0.1", true},
      {"one of several names", {"DNS:a.example,DNS:localhost"}, By::ours, "localhost", true},
      {"another name", {"DNS:witness.example"}, By::ours, "localhost", false},
      {"a name that begins alike", {"DNS:localhost.example"}, By::ours, "localhost", false},
      {"a name, but asked by address", {"DNS:localhost"}, By::ours, "127.0.0.1", false},
      {"signed by itself", {"DNS:localhost"}, By::itself, "localhost", false},
      {"signed by another authority", {"DNS:localhost"}, By::another, "localhost", false},
      {"no longer valid", {"DNS:localhost", -2 * kDay, -60}, By::ours, "localhost", false},
      {"not valid yet", {"DNS:localhost", 3600, 2 * kDay}, By::ours, "localhost", false},
  };
  for (const Trust& one : cases) {
    const Identity* issuer = one.by == By::itself    ? nullptr
                             : one.by == By::another ? &another
                                                     : &authority;
    const TlsServer server(issue(issuer, one.wanted));
    for (const bool is_post : {false, true}) {
      const Limits limits{.ca_file = file.path()};
      const auto answer = is_post ? post(server.url(one.host), "text/plain", "body", limits)
                                  : get(server.url(one.host), limits);
      ASSERT_EQ(bool(answer), one.is_trusted)
          << one.why << ": " << (answer ? answer->body : text(answer.error()));
      if (answer) {
        EXPECT_EQ(answer->body, "secret");
      } else {
        EXPECT_EQ(answer.error().code, Code::denied) << one.why;
      }
    }
    EXPECT_EQ(server.requests(), one.is_trusted ? 2 : 0) << one.why << ": nothing is sent to it";
  }
}

TEST(Tls, AnAuthorityOfOursIsNoneOfTheSystems) {
  const Identity authority = issue(nullptr, {});
  const TlsServer server(issue(&authority, {"DNS:localhost"}));
  const auto answer = get(server.url("localhost"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::denied);
  EXPECT_EQ(server.requests(), 0);
}

TEST(Tls, AnAuthorityFileThatIsMissingOrEmptyTrustsNobody) {
  const Identity authority = issue(nullptr, {});
  const CaFile file(authority);
  const TlsServer server(issue(&authority, {"DNS:localhost"}));
  std::ofstream(file.path(), std::ios::trunc).flush();
  for (const std::string& path : {file.path(), file.path() + ".absent"}) {
    const auto answer = get(server.url("localhost"), {.ca_file = path});
    ASSERT_FALSE(answer) << path;
    EXPECT_EQ(answer.error().code, Code::denied) << text(answer.error());
  }
  EXPECT_EQ(server.requests(), 0);
}

TEST(Tls, OlderThanOnePointTwoIsNotSpoken) {
  const Identity authority = issue(nullptr, {});
  const CaFile file(authority);
  const Identity identity = issue(&authority, {"DNS:localhost"});
  for (const int newest : {TLS1_1_VERSION, TLS1_2_VERSION}) {
    const TlsServer server(identity, newest);
    const auto answer = get(server.url("localhost"), {.ca_file = file.path()});
    EXPECT_EQ(bool(answer), newest == TLS1_2_VERSION) << newest;
    EXPECT_EQ(server.requests(), newest == TLS1_2_VERSION ? 1 : 0);
  }
}

TEST(Tls, ADownloadIsNotLedAwayFromTls) {
  const Identity authority = issue(nullptr, {});
  const CaFile file(authority);
  const Identity identity = issue(&authority, {"DNS:localhost"});
  Server plain(answer("200 OK", "", "changed on the way"));
  const std::string path = file.path() + ".download";
  const auto load = [&](const std::string& location) {
    const TlsServer server(identity, 0,
                           "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\n"
                           "Location: " +
                               location + "\r\n\r\n");
    return download(
        {.url = server.url("localhost"), .path = path, .limits = {.ca_file = file.path()}});
  };
  const auto led = load(plain.url());
  ASSERT_FALSE(led);
  EXPECT_EQ(led.error().message, "the server redirects to an address that is not https");
  EXPECT_EQ(plain.requests(), 0);
  const TlsServer good(identity);
  EXPECT_TRUE(load(good.url("localhost")));
  discard_download(path);
}

}  // namespace
}  // namespace weir::net
