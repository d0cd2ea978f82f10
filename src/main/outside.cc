#include "main/outside.h"

#include "main/instance.h"
#include "merkle/merkle.h"

namespace weir::main {

constexpr std::size_t kMaxVkeyFile = 4096;

void add_outside(CLI::App& verb, Outside& outside) {
  verb.add_option("--vkey", outside.vkey_file, "file with the log's vkey, got by other ways")
      ->required();
  verb.add_option("--policy", outside.policy_file, "C2SP tlog-policy file with the witnesses");
}

Result<custody::Pinned> pinned_of(const Outside& outside) {
  std::string vkey = TRY(read_file(outside.vkey_file, kMaxVkeyFile));
  while (!vkey.empty() && vkey.back() == '\n') {
    vkey.pop_back();
  }
  const std::string policy = outside.policy_file.empty()
                                 ? std::string("quorum none\n")
                                 : TRY(read_file(outside.policy_file, merkle::kMaxPolicyBytes));
  merkle::VerifierKey key = TRY(merkle::VerifierKey::parse(vkey));
  return custody::Pinned{std::move(key), TRY(merkle::Policy::parse(policy))};
}

}  // namespace weir::main
