#include "base/certificate.h"

#include <algorithm>
#include <memory>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace weir {
namespace {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;

constexpr std::size_t kMostNameBytes = 253;
constexpr std::size_t kSerialBytes = 16;  // CA/Browser Forum: at least 64 bits of chance

bool is_dns_name(std::string_view text) {
  return !text.empty() && text.size() <= kMostNameBytes && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

/// Takes `value` over.
void add_name(GENERAL_NAMES* names, int type, ASN1_STRING* value) {
  GENERAL_NAME* name = GENERAL_NAME_new();
  GENERAL_NAME_set0_value(name, type, value);
  sk_GENERAL_NAME_push(names, name);
}

Result<Names> names_of(const CertificateWanted& wanted) {
  Names names(sk_GENERAL_NAME_new_null());
  for (const std::string& dns : wanted.names) {
    if (!is_dns_name(dns)) {
      return fail(Code::invalid, "this is no name for a certificate", dns);
    }
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, dns.data(), static_cast<int>(dns.size()));
    add_name(names.get(), GEN_DNS, text);
  }
  for (const std::string& address : wanted.addresses) {
    ASN1_OCTET_STRING* bytes = a2i_IPADDRESS(address.c_str());
    if (bytes == nullptr) {
      return fail(Code::invalid, "this is no address for a certificate", address);
    }
    add_name(names.get(), GEN_IPADD, bytes);
  }
  return names;
}

std::string written(const Memory& memory) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

void add_text(X509* certificate, int what, const char* value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, what, value));
  CHECK(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void fill(X509* certificate, const CertificateWanted& wanted, Random& random) {
  X509_set_version(certificate, X509_VERSION_3);
  std::string serial = random.bytes(kSerialBytes);
  serial[0] = static_cast<char>((serial[0] & 0x3f) | 0x40);  // positive, of full length
  ASN1_INTEGER* number = X509_get_serialNumber(certificate);
  CHECK(ASN1_STRING_set(number, serial.data(), static_cast<int>(serial.size())) == 1);
  ASN1_TIME_set(X509_getm_notBefore(certificate), wanted.from.ms / 1'000);
  ASN1_TIME_set(X509_getm_notAfter(certificate), (wanted.from + wanted.valid).ms / 1'000);
  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto add = [subject](const char* field, std::string_view text) {
    CHECK(X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()), -1, 0) == 1);
  };
  add("O", kTrialSubject);
  add("CN", std::string_view(wanted.names.front()).substr(0, 64));  // RFC 5280, ub-common-name
  X509_set_issuer_name(certificate, subject);
}

}  // namespace

Result<SelfSigned> self_signed(const CertificateWanted& wanted, Random& random) {
  CHECK(!wanted.names.empty());
  const Names names = TRY(names_of(wanted));
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  CHECK(key != nullptr && certificate != nullptr);
  fill(certificate.get(), wanted, random);
  CHECK(X509_set_pubkey(certificate.get(), key.get()) == 1);
  CHECK(X509_add1_ext_i2d(certificate.get(), NID_subject_alt_name, names.get(), 0, 0) == 1);
  add_text(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_text(certificate.get(), NID_key_usage, "critical,digitalSignature");
  add_text(certificate.get(), NID_ext_key_usage, "serverAuth");
  CHECK(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  const Memory pem(BIO_new(BIO_s_mem()));
  const Memory secret(BIO_new(BIO_s_secmem()));
  CHECK(PEM_write_bio_X509(pem.get(), certificate.get()) == 1);
  CHECK(PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) == 1);
  return SelfSigned{written(pem), Secret(written(secret))};
}

}  // namespace weir
