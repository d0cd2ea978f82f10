#include "main/trial.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/certificate.h"
#include "http/server.h"
#include "main/listeners.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

struct Trial : testing::Test {
  Trial() {
    std::string name = (fs::temp_directory_path() / "weir-trial-XXXXXX").string();
    folder = mkdtemp(name.data());
    fs::create_directory(folder / "secrets");
    config.mode = "trial";
    config.origin = "weir.example/log";
    use_trial_certificate(config);
  }
  ~Trial() override { fs::remove_all(folder); }
  Status make() { return make_trial_certificate(folder.string(), config, clock, random); }
  static std::string bytes_of(const fs::path& path) { return *read_file(path.string(), 100'000); }

  fs::path folder;
  config::Config config;
  SystemClock clock;
  SystemRandom random;
};

TEST_F(Trial, MayListenForOthersWithItsOwnCertificate) {
  ASSERT_TRUE(make());
  EXPECT_TRUE(bytes_of(folder / "tls.pem").starts_with("-----BEGIN CERTIFICATE-----"));
  const auto mode = fs::status(folder / "secrets" / "tls.key").permissions();
  EXPECT_EQ(mode, fs::perms::owner_read | fs::perms::owner_write);
  config.listen = "0.0.0.0:0";
  auto settings = listeners_of(config, folder.string());
  ASSERT_TRUE(settings) << text(settings.error());
  ASSERT_TRUE(settings->listeners.front().tls);
  const auto router = std::make_shared<const http::Router>(
      std::vector<http::Route>(),
      [](http::Request&) -> std::optional<http::Response> { return std::nullopt; });
  for (http::Listener& listener : settings->listeners) {
    listener.router = router;
  }
  const auto server = http::Server::start(std::move(*settings), clock, random);
  EXPECT_TRUE(server) << text(server.error());
}

TEST_F(Trial, KeepsTheCertificateThatItHasAndMakesALostOneAnew) {
  ASSERT_TRUE(make());
  const std::string first = bytes_of(folder / "tls.pem");
  ASSERT_TRUE(make());
  EXPECT_EQ(bytes_of(folder / "tls.pem"), first);
  fs::remove(folder / "secrets" / "tls.key");
  ASSERT_TRUE(make());
  EXPECT_NE(bytes_of(folder / "tls.pem"), first);
}

TEST_F(Trial, AnInstanceThatIsNoneGetsNothing) {
  config.mode = "full";
  ASSERT_TRUE(make());
  EXPECT_FALSE(fs::exists(folder / "tls.pem"));
  config.mode = "trial";
  config.tls_certificate = "own.pem";
  ASSERT_TRUE(make());
  EXPECT_FALSE(fs::exists(folder / "own.pem"));
  use_trial_certificate(config);
  EXPECT_EQ(config.tls_certificate, "own.pem");
}

TEST_F(Trial, IsNamedByTheHostOfItsLog) {
  EXPECT_EQ(host_of_origin("Weir.Example/log"), "weir.example");
  EXPECT_EQ(host_of_origin("weir.example"), "weir.example");
  EXPECT_EQ(host_of_origin("no host+x/y"), "");
  EXPECT_EQ(host_of_origin(""), "");
}

}  // namespace
}  // namespace weir::main
