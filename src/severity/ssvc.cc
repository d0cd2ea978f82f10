// The tables, generated once from CERT/CC's published ones and held against their rows by
// weir-oracle.
#include "severity/ssvc.h"

#include <algorithm>
#include <array>
#include <optional>

namespace weir::severity {
namespace {

using Keys = std::string_view;

constexpr std::array kSsvcEKeys = {Keys("N"), Keys("P"), Keys("A")};
constexpr DecisionPoint kSsvcE = {"ssvc:E:1.1.0", "Exploitation", kSsvcEKeys};
constexpr std::array kSsvcEXPKeys = {Keys("S"), Keys("C"), Keys("O")};
constexpr DecisionPoint kSsvcEXP = {"ssvc:EXP:1.0.1", "System Exposure", kSsvcEXPKeys};
constexpr std::array kSsvcAKeys = {Keys("N"), Keys("Y")};
constexpr DecisionPoint kSsvcA = {"ssvc:A:2.0.0", "Automatable", kSsvcAKeys};
constexpr std::array kSsvcHIKeys = {Keys("L"), Keys("M"), Keys("H"), Keys("VH")};
constexpr DecisionPoint kSsvcHI = {"ssvc:HI:2.0.2", "Human Impact", kSsvcHIKeys};
constexpr std::array kSsvcDSOIKeys = {Keys("D"), Keys("S"), Keys("O"), Keys("I")};
constexpr DecisionPoint kSsvcDSOI = {"ssvc:DSOI:1.0.0", "Defer, Scheduled, Out-of-Cycle, Immediate",
                                     kSsvcDSOIKeys};
constexpr std::array kSsvcUKeys = {Keys("L"), Keys("E"), Keys("S")};
constexpr DecisionPoint kSsvcU = {"ssvc:U:1.0.1", "Utility", kSsvcUKeys};
constexpr std::array kSsvcTIKeys = {Keys("P"), Keys("T")};
constexpr DecisionPoint kSsvcTI = {"ssvc:TI:1.0.0", "Technical Impact", kSsvcTIKeys};
constexpr std::array kSsvcPSIKeys = {Keys("M"), Keys("S")};
constexpr DecisionPoint kSsvcPSI = {"ssvc:PSI:2.0.1", "Public Safety Impact", kSsvcPSIKeys};
constexpr std::array kSsvcMWIKeys = {Keys("L"), Keys("M"), Keys("H")};
constexpr DecisionPoint kSsvcMWI = {"ssvc:MWI:1.0.0", "Mission and Well-Being Impact",
                                    kSsvcMWIKeys};
constexpr std::array kCisaCISAKeys = {Keys("T"), Keys("T*"), Keys("AT"), Keys("AC")};
constexpr DecisionPoint kCisaCISA = {"cisa:CISA:1.1.0", "CISA Levels", kCisaCISAKeys};
constexpr std::array kSsvcSINVKeys = {Keys("FR"), Keys("C"), Keys("UU")};
constexpr DecisionPoint kSsvcSINV = {"ssvc:SINV:1.0.0", "Supplier Involvement", kSsvcSINVKeys};
constexpr std::array kSsvcPVAKeys = {Keys("L"), Keys("A"), Keys("P")};
constexpr DecisionPoint kSsvcPVA = {"ssvc:PVA:1.0.0", "Public Value Added", kSsvcPVAKeys};
constexpr std::array kSsvcPUBLISHKeys = {Keys("N"), Keys("P")};
constexpr DecisionPoint kSsvcPUBLISH = {"ssvc:PUBLISH:1.0.0", "Publish, Do Not Publish",
                                        kSsvcPUBLISHKeys};
constexpr std::array kSsvcSIKeys = {Keys("N"), Keys("M"), Keys("R"), Keys("C")};
constexpr DecisionPoint kSsvcSI = {"ssvc:SI:2.0.1", "Safety Impact", kSsvcSIKeys};
constexpr std::array kSsvcMIKeys = {Keys("D"), Keys("MSC"), Keys("MEF"), Keys("MF")};
constexpr DecisionPoint kSsvcMI = {"ssvc:MI:2.0.0", "Mission Impact", kSsvcMIKeys};
constexpr std::array kSsvcVDKeys = {Keys("D"), Keys("C")};
constexpr DecisionPoint kSsvcVD = {"ssvc:VD:1.0.0", "Value Density", kSsvcVDKeys};
constexpr std::array kCvssAVKeys = {Keys("P"), Keys("L"), Keys("A"), Keys("N")};
constexpr DecisionPoint kCvssAV = {"cvss:AV:3.0.1", "Attack Vector", kCvssAVKeys};
constexpr std::array kCvssPRKeys = {Keys("H"), Keys("L"), Keys("N")};
constexpr DecisionPoint kCvssPR = {"cvss:PR:1.0.1", "Privileges Required", kCvssPRKeys};
constexpr std::array kCvssUIKeys = {Keys("A"), Keys("P"), Keys("N")};
constexpr DecisionPoint kCvssUI = {"cvss:UI:2.0.0", "User Interaction", kCvssUIKeys};
constexpr std::array kCvssEQ1Keys = {Keys("L"), Keys("M"), Keys("H")};
constexpr DecisionPoint kCvssEQ1 = {"cvss:EQ1:1.0.0", "Equivalence Set 1", kCvssEQ1Keys};
constexpr std::array kCvssACKeys = {Keys("H"), Keys("L")};
constexpr DecisionPoint kCvssAC = {"cvss:AC:3.0.1", "Attack Complexity", kCvssACKeys};
constexpr std::array kCvssATKeys = {Keys("P"), Keys("N")};
constexpr DecisionPoint kCvssAT = {"cvss:AT:1.0.0", "Attack Requirements", kCvssATKeys};
constexpr std::array kCvssEQ2Keys = {Keys("L"), Keys("H")};
constexpr DecisionPoint kCvssEQ2 = {"cvss:EQ2:1.0.0", "Equivalence Set 2", kCvssEQ2Keys};
constexpr std::array kCvssSCKeys = {Keys("N"), Keys("L"), Keys("H")};
constexpr DecisionPoint kCvssSC = {"cvss:SC:1.0.0",
                                   "Confidentiality Impact to the Subsequent System", kCvssSCKeys};
constexpr std::array kCvssMSINoXKeys = {Keys("N"), Keys("L"), Keys("H"), Keys("S")};
constexpr DecisionPoint kCvssMSINoX = {
    "cvss:MSI_NoX:1.0.1",
    "Modified Integrity Impact to the Subsequent System (without Not Defined)", kCvssMSINoXKeys};
constexpr std::array kCvssMSANoXKeys = {Keys("N"), Keys("L"), Keys("H"), Keys("S")};
constexpr DecisionPoint kCvssMSANoX = {
    "cvss:MSA_NoX:1.0.1",
    "Modified Availability Impact to the Subsequent System (without Not Defined)", kCvssMSANoXKeys};
constexpr std::array kCvssEQ4Keys = {Keys("L"), Keys("M"), Keys("H")};
constexpr DecisionPoint kCvssEQ4 = {"cvss:EQ4:1.0.0", "Equivalence Set 4", kCvssEQ4Keys};
constexpr std::array kCvssCRNoXKeys = {Keys("L"), Keys("M"), Keys("H")};
constexpr DecisionPoint kCvssCRNoX = {
    "cvss:CR_NoX:1.1.1", "Confidentiality Requirement (without Not Defined)", kCvssCRNoXKeys};
constexpr std::array kCvssVCKeys = {Keys("N"), Keys("L"), Keys("H")};
constexpr DecisionPoint kCvssVC = {"cvss:VC:3.0.0",
                                   "Confidentiality Impact to the Vulnerable System", kCvssVCKeys};
constexpr std::array kCvssIRNoXKeys = {Keys("L"), Keys("M"), Keys("H")};
constexpr DecisionPoint kCvssIRNoX = {
    "cvss:IR_NoX:1.1.1", "Integrity Requirement (without Not Defined)", kCvssIRNoXKeys};
constexpr std::array kCvssVIKeys = {Keys("N"), Keys("L"), Keys("H")};
constexpr DecisionPoint kCvssVI = {"cvss:VI:3.0.0", "Integrity Impact to the Vulnerable System",
                                   kCvssVIKeys};
constexpr std::array kCvssARNoXKeys = {Keys("L"), Keys("M"), Keys("H")};
constexpr DecisionPoint kCvssARNoX = {
    "cvss:AR_NoX:1.1.1", "Availability Requirement (without Not Defined)", kCvssARNoXKeys};
constexpr std::array kCvssVAKeys = {Keys("N"), Keys("L"), Keys("H")};
constexpr DecisionPoint kCvssVA = {"cvss:VA:3.0.0", "Availability Impact to the Vulnerable System",
                                   kCvssVAKeys};
constexpr std::array kCvssEQ6Keys = {Keys("L"), Keys("H")};
constexpr DecisionPoint kCvssEQ6 = {"cvss:EQ6:1.0.0", "Equivalence Set 6", kCvssEQ6Keys};

constexpr std::array kPoints0 = {&kSsvcE, &kSsvcEXP, &kSsvcA, &kSsvcHI};
constexpr std::array kPoints1 = {&kSsvcE, &kSsvcU, &kSsvcTI, &kSsvcPSI};
constexpr std::array kPoints2 = {&kSsvcE, &kSsvcA, &kSsvcTI, &kSsvcMWI};
constexpr std::array kPoints3 = {&kSsvcSINV, &kSsvcE, &kSsvcPVA};
constexpr std::array kPoints4 = {&kSsvcSI, &kSsvcMI};
constexpr std::array kPoints5 = {&kSsvcSI};
constexpr std::array kPoints6 = {&kSsvcA, &kSsvcVD};
constexpr std::array kPoints7 = {&kCvssAV, &kCvssPR, &kCvssUI};
constexpr std::array kPoints8 = {&kCvssAC, &kCvssAT};
constexpr std::array kPoints9 = {&kCvssSC, &kCvssMSINoX, &kCvssMSANoX};
constexpr std::array kPoints10 = {&kCvssCRNoX, &kCvssVC,    &kCvssIRNoX,
                                  &kCvssVI,    &kCvssARNoX, &kCvssVA};

constexpr std::array kTables = std::to_array<DecisionTable>({
    {"ssvc:DT_DP:1.0.0", "Deployer Patch Application Priority", kPoints0, &kSsvcDSOI,
     "001101110111111101111112011111110111111211121122112212221122222212232233"},
    {"ssvc:DT_SP:1.0.0", "Supplier Patch Development Priority", kPoints1, &kSsvcDSOI,
     "011212121222121313232323232323233333"},
    {"cisa:DT_CO:2.0.3", "CISA Coordinator", kPoints2, &kCisaCISA,
     "000001002002001012002012002023223233"},
    {"ssvc:DT_COORD_PUBLISH:1.0.0", "Coordinator Publish Decision Table", kPoints3, &kSsvcPUBLISH,
     "001001011001001011001011111"},
    {"ssvc:DT_HI:1.0.0", "Human Impact", kPoints4, &kSsvcHI, "0013001312233333"},
    {"ssvc:DT_PSI:1.0.0", "Public Safety Impact", kPoints5, &kSsvcPSI, "0111"},
    {"ssvc:DT_U:1.0.0", "Utility", kPoints6, &kSsvcU, "0112"},
    {"cvss:DT_CVSS4_EQ1:1.0.0", "CVSS v4 Equivalence Set 1", kPoints7, &kCvssEQ1,
     "000000000001001111001001111111111112"},
    {"cvss:DT_CVSS4_EQ2:1.0.0", "CVSS v4 Equivalence Set 2", kPoints8, &kCvssEQ2, "0001"},
    {"cvss:DT_CVSS4_EQ4:1.0.0", "CVSS v4 Equivalence Set 4", kPoints9, &kCvssEQ4,
     "001200121112222200120012111222221112111211122222"},
    {"cvss:DT_CVSS4_EQ6:1.0.0", "CVSS v4 Equivalence Set 6", kPoints10, &kCvssEQ6,
     "000000001000000001000000001000000001000000001000000001000000001000000001111111111"
     "000000001000000001000000001000000001000000001000000001000000001000000001111111111"
     "000000001000000001000000001000000001000000001000000001000000001000000001111111111"
     "000000001000000001000000001000000001000000001000000001000000001000000001111111111"
     "000000001000000001000000001000000001000000001000000001000000001000000001111111111"
     "000000001000000001000000001000000001000000001000000001000000001000000001111111111"
     "000000001000000001000000001000000001000000001000000001000000001000000001111111111"
     "000000001000000001000000001000000001000000001000000001000000001000000001111111111"
     "111111111111111111111111111111111111111111111111111111111111111111111111111111111"},
});

std::optional<std::size_t> place_of(const DecisionPoint& point, std::string_view key) {
  const auto at = std::ranges::find(point.values, key);
  return at == point.values.end() ? std::nullopt
                                  : std::optional<std::size_t>(at - point.values.begin());
}

}  // namespace

std::span<const DecisionTable> decision_tables() {
  return kTables;
}

const DecisionTable* find_decision_table(std::string_view id) {
  const auto at = std::ranges::find(kTables, id, &DecisionTable::id);
  return at == kTables.end() ? nullptr : &*at;
}

Result<std::string_view> decide(const DecisionTable& table, std::span<const Selection> selections) {
  if (selections.size() != table.points.size()) {
    return fail(Code::invalid, "the table asks for " + std::to_string(table.points.size()) +
                                   " decision points, no more and no fewer");
  }
  std::size_t row = 0;
  for (const DecisionPoint* point : table.points) {
    const auto selected = std::ranges::find(selections, point->id, &Selection::first);
    if (selected == selections.end()) {
      return fail(Code::invalid, "nothing is selected for " + std::string(point->id));
    }
    const auto place = place_of(*point, selected->second);
    if (!place) {
      return fail(Code::invalid,
                  "\"" + selected->second + "\" is no value of " + std::string(point->id));
    }
    row = row * point->values.size() + *place;
  }
  return table.outcome->values[static_cast<std::size_t>(table.rows[row] - '0')];
}

}  // namespace weir::severity
