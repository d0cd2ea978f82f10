#include "base/certificate.h"

#include <memory>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace weir {
namespace {

constexpr Instant kNow{1'798'000'000'000};

struct Free {
  void operator()(X509* one) const { X509_free(one); }
  void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
  void operator()(BIO* one) const { BIO_free(one); }
};

template <class T>
std::unique_ptr<T, Free> read(const std::string& pem,
                              T* (*reader)(BIO*, T**, pem_password_cb*, void*)) {
  const std::unique_ptr<BIO, Free> memory(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return std::unique_ptr<T, Free>(reader(memory.get(), nullptr, nullptr, nullptr));
}

TEST(Certificate, IsForItsNamesAndSaysThatItIsATrials) {
  SystemRandom random;
  const auto made = self_signed(
      {.names = {"localhost", "weir.example"}, .addresses = {"127.0.0.1", "::1"}, .from = kNow},
      random);
  ASSERT_TRUE(made);
  const auto certificate = read<X509>(made->certificate, PEM_read_bio_X509);
  const auto key = read<EVP_PKEY>(std::string(made->key.reveal()), PEM_read_bio_PrivateKey);
  ASSERT_TRUE(certificate && key);
  EXPECT_EQ(X509_check_private_key(certificate.get(), key.get()), 1);
  EXPECT_EQ(X509_verify(certificate.get(), key.get()), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "weir.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "other.example", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "::1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.2", 0), 0);
  EXPECT_EQ(X509_check_ca(certificate.get()), 0) << "it vouches for no other";
  std::string subject(256, '\0');
  X509_NAME_oneline(X509_get_subject_name(certificate.get()), subject.data(), 256);
  EXPECT_TRUE(subject.contains(kTrialSubject)) << subject;
  const time_t last = (kNow + std::chrono::hours(24 * 365)).ms / 1'000;
  EXPECT_EQ(ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate.get()), kNow.ms / 1'000), 0);
  EXPECT_EQ(ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate.get()), last), 0);
}

TEST(Certificate, IsAnotherEachTime) {
  SystemRandom random;
  const auto one = self_signed({.names = {"localhost"}, .from = kNow}, random);
  const auto other = self_signed({.names = {"localhost"}, .from = kNow}, random);
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->certificate, other->certificate);
  EXPECT_NE(one->key.reveal(), other->key.reveal());
}

TEST(Certificate, TakesNamesAndAddressesAlone) {
  SystemRandom random;
  for (const char* bad : {"", "a b", "UPPER", "a,DNS:b", "ü", "x/y"}) {
    const auto refused = self_signed({.names = {bad}, .from = kNow}, random);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Code::invalid);
  }
  for (const char* bad : {"", "localhost", "1.2.3", "1.2.3.4.5", ":::"}) {
    EXPECT_FALSE(self_signed({.names = {"a"}, .addresses = {bad}, .from = kNow}, random)) << bad;
  }
}

}  // namespace
}  // namespace weir
