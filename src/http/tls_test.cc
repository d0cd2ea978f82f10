// TLS as a client sees it: which versions and ciphers are spoken, and that everything else of the
// server is the same behind it. The client is OpenSSL itself.
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "http/client_test.h"

namespace weir::http {
namespace {

using namespace std::chrono_literals;

template <auto free_it>
struct Free {
  template <class T>
  void operator()(T* held) const {
    free_it(held);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using File = std::unique_ptr<std::FILE, Free<std::fclose>>;

/// A key and its self-signed certificate, made for this test.
TlsFiles make_files(const std::string& name) {
  const std::string base =
      testing::TempDir() + "weir-tls-" + std::to_string(::getpid()) + "-" + name;
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  CHECK(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  const TlsFiles files{base + ".pem", base + ".key"};
  const File certificate_file(std::fopen(files.certificate.c_str(), "w"));
  const File key_file(std::fopen(files.key.c_str(), "w"));
  CHECK(PEM_write_X509(certificate_file.get(), certificate.get()) == 1);
  CHECK(PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
        1);
  return files;
}

struct Offer {
  int lowest = TLS1_2_VERSION;
  int highest = TLS1_3_VERSION;
  const char* ciphers = nullptr;  // of TLS 1.2
};

/// One connection. Certificates are not checked: what is tested is the server.
class TlsClient {
 public:
  TlsClient(std::uint16_t port, const Offer& offer) : client_(port) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context_.get(), 0);  // so that the client may offer what is weak
    SSL_CTX_set_min_proto_version(context_.get(), offer.lowest);
    SSL_CTX_set_max_proto_version(context_.get(), offer.highest);
    if (offer.ciphers != nullptr) {
      CHECK(SSL_CTX_set_cipher_list(context_.get(), offer.ciphers) == 1);
    }
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), client_.descriptor());
    ERR_clear_error();
    is_connected_ = SSL_connect(tls_.get()) == 1;
  }

  bool is_connected() const { return is_connected_; }
  std::string spoken() const {
    return std::string(SSL_get_version(tls_.get())) + " " + SSL_get_cipher_name(tls_.get());
  }
  std::string server_name() const {
    const Certificate certificate(SSL_get1_peer_certificate(tls_.get()));
    std::array<char, 64> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return name.data();
  }
  bool send(std::string_view bytes) {
    return SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }
  /// Everything until the other end closes.
  std::string receive_all() {
    std::string all;
    std::array<char, 16384> piece{};
    for (int got = 0; (got = SSL_read(tls_.get(), piece.data(), piece.size())) > 0;) {
      all.append(piece.data(), static_cast<std::size_t>(got));
    }
    return all;
  }
  /// That nothing is missing at the end: close_notify came (RFC 8446, 6.1).
  bool is_ended_properly() const {
    return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  SSL* get() { return tls_.get(); }
  Client& plain() { return client_; }

 private:
  Client client_;
  std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Free<SSL_free>> tls_;
  bool is_connected_ = false;
};

/// A TestServer's routes behind TLS.
class TlsServer {
 public:
  explicit TlsServer(const TlsFiles& files, Limits limits = {}) {
    Settings settings = on_loopback(routes.router());
    settings.listeners.front().tls = files;
    settings.limits = limits;
    auto started = Server::start(std::move(settings), routes.clock, routes.random);
    CHECK(started.has_value());
    server = std::move(*started);
  }
  TlsClient connect(const Offer& offer = {}) const { return {server->port("main"), offer}; }

  TestServer routes;
  std::unique_ptr<Server> server;
};

std::string get(std::string_view target, std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}
constexpr std::string_view kClose = "Connection: close\r\n";

TEST(Tls, SpeaksWhatIsStrongAndNothingElse) {
  const TlsServer server(make_files("first"));
  struct Row {
    Offer offer;
    const char* spoken;  // empty: refused
  };
  const Row rows[] = {
      {{TLS1_3_VERSION, TLS1_3_VERSION}, "TLSv1.3 TLS_AES_256_GCM_SHA384"},
      {{TLS1_VERSION, TLS1_3_VERSION}, "TLSv1.3 TLS_AES_256_GCM_SHA384"},
      {{TLS1_2_VERSION, TLS1_2_VERSION}, "TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256"},
      {{TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"},
       "TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305"},
      {{TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384"}, ""},  // CBC
      {{TLS1_2_VERSION, TLS1_2_VERSION, "AES128-GCM-SHA256"}, ""},  // without forward secrecy
      {{TLS1_2_VERSION, TLS1_2_VERSION, "aNULL"}, ""},
      {{TLS1_VERSION, TLS1_1_VERSION, "ALL"}, ""},
      {{TLS1_1_VERSION, TLS1_1_VERSION, "ALL"}, ""},
  };
  for (const Row& row : rows) {
    const TlsClient client = server.connect(row.offer);
    EXPECT_EQ(client.is_connected() ? client.spoken() : "", row.spoken)
        << std::hex << row.offer.lowest << " to " << row.offer.highest;
  }
}

TEST(Tls, AnswersAsWithoutItAndSaysSo) {
  const TlsServer server(make_files("first"));
  TlsClient client = server.connect();
  ASSERT_TRUE(client.send(get("/peer") + get("/file") + get("/peer", kClose)));
  const std::string all = client.receive_all();
  EXPECT_TRUE(all.contains("\r\n\r\n127.0.0.1 0 https aHTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(all.ends_with("127.0.0.1 0 https a"));
  EXPECT_GT(all.size(), 1'000'000u);
  EXPECT_TRUE(all.contains("Strict-Transport-Security: max-age=31536000\r\n"));
  EXPECT_TRUE(client.is_ended_properly());
}

TEST(Tls, TakesAnUpload) {
  const TlsServer server(make_files("first"));
  TlsClient client = server.connect();
  client.send(
      "POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n");
  ASSERT_TRUE(client.send(std::string(1'000'000, 'u')));
  EXPECT_TRUE(client.receive_all().ends_with("\r\n\r\n1000000"));
}

TEST(Tls, RefusesRenegotiation) {
  const TlsServer server(make_files("first"));
  TlsClient client = server.connect({TLS1_2_VERSION, TLS1_2_VERSION});
  ASSERT_TRUE(client.is_connected());
  ASSERT_EQ(SSL_renegotiate(client.get()), 1);
  EXPECT_LE(SSL_do_handshake(client.get()), 0);
}

TEST(Tls, SaysNothingToWhoDoesNotSpeakIt) {
  const TlsServer server(make_files("first"));
  Client plain(server.server->port("main"));
  plain.send(get("/work"));
  EXPECT_FALSE(plain.receive_all().contains("HTTP"));
  EXPECT_EQ(server.routes.handled, 0);
}

TEST(Tls, SlowClientsAreClosedOrTold) {
  Limits limits;
  limits.head = 1s;
  const TlsServer server(make_files("first"), limits);
  Client silent(server.server->port("main"));  // never starts the handshake
  TlsClient slow = server.connect();
  ASSERT_TRUE(slow.send("GET /work HTTP/1.1\r\n"));
  EXPECT_TRUE(slow.receive_all().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(silent.is_closed());
}

TEST(Tls, NewFilesAreForNewConnections) {
  const TlsFiles files = make_files("first");
  const TlsServer server(files);
  TlsClient old = server.connect();
  EXPECT_EQ(old.server_name(), "first");
  const TlsFiles other = make_files("second");
  ASSERT_EQ(std::rename(other.certificate.c_str(), files.certificate.c_str()), 0);
  const Status mismatched = server.server->reload_tls();
  ASSERT_FALSE(mismatched.has_value()) << "a key of another certificate";
  EXPECT_EQ(mismatched.error().code, Code::invalid);
  EXPECT_EQ(mismatched.error().where, files.key);
  EXPECT_EQ(server.connect().server_name(), "first") << "the old ones stay";
  ASSERT_EQ(std::rename(other.key.c_str(), files.key.c_str()), 0);
  ASSERT_TRUE(server.server->reload_tls().has_value());
  EXPECT_EQ(server.connect().server_name(), "second");
  ASSERT_TRUE(old.send(get("/work", kClose))) << "who is connected stays so";
  EXPECT_TRUE(old.receive_all().starts_with("HTTP/1.1 200 "));
}

TEST(Tls, DoesNotStartWithoutItsFiles) {
  TestServer routes;
  const TlsFiles files = make_files("first");
  const std::string junk = files.key + "-junk";
  std::ofstream(junk) << "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n";
  const std::pair<TlsFiles, std::string> rows[] = {
      {{files.certificate + "-none", files.key}, files.certificate + "-none"},
      {{junk, files.key}, junk},
      {{files.certificate, files.key + "-none"}, files.key + "-none"},
      {{files.certificate, junk}, junk},
      {{files.certificate, make_files("second").key}, make_files("second").key},
  };
  for (const auto& [tls, where] : rows) {
    Settings settings = on_loopback(routes.router());
    settings.listeners.front().tls = tls;
    const auto server = Server::start(std::move(settings), routes.clock, routes.random);
    ASSERT_FALSE(server.has_value()) << where;
    EXPECT_EQ(server.error().code, Code::invalid);
    EXPECT_EQ(server.error().where, where);
  }
}

}  // namespace
}  // namespace weir::http
