#include "advisory/marks.h"

#include <gtest/gtest.h>

namespace weir::advisory {
namespace {

TEST(Marks, TagsAreThoseOfTheCveProgram) {
  EXPECT_TRUE(is_cve_tag("disputed"));
  EXPECT_FALSE(is_cve_tag("Disputed"));
  EXPECT_FALSE(is_cve_tag("x_disputed"));
  EXPECT_EQ(tag_before("** DISPUTED ** It may be."), "disputed");
  EXPECT_EQ(tag_before("**UNSUPPORTED WHEN ASSIGNED**"), "unsupported-when-assigned");
  EXPECT_EQ(tag_before("** PRODUCT NOT SUPPORTED WHEN ASSIGNED ** x"), "unsupported-when-assigned");
  for (const char* none : {"", "**", "** REJECT ** x", "** DISPUTED", "It is ** DISPUTED **",
                           "** disputed ** x", "**  ** x"}) {
    EXPECT_EQ(tag_before(none), std::nullopt) << none;
  }
}

TEST(Marks, PlaceholdersAreWrittenAsNvdDoes) {
  EXPECT_EQ(placeholder_weakness("NVD-CWE-OTHER"), "NVD-CWE-Other");
  EXPECT_EQ(placeholder_weakness("nvd-cwe-noinfo"), "NVD-CWE-noinfo");
  EXPECT_EQ(placeholder_weakness("NVD-CWE-"), std::nullopt);
  EXPECT_EQ(placeholder_weakness("CWE-79"), std::nullopt);
}

TEST(Marks, AReferenceLeadsToWhatItsAddressSays) {
  EXPECT_EQ(mark_of_reference("http://www.us-cert.gov/cas/techalerts/TA05-136A.html"), kCertAlert);
  EXPECT_EQ(mark_of_reference("https://www.us-cert.gov/ncas/alerts/TA15-119A"), kCertAlert);
  EXPECT_EQ(mark_of_reference("https://us-cert.cisa.gov/ncas/alerts/aa20-301a"), kCertAlert);
  EXPECT_EQ(mark_of_reference("http://www.cert.org/advisories/CA-2003-06.html"), kCertAlert);
  EXPECT_EQ(mark_of_reference("https://www.kb.cert.org/vuls/id/720951"), kCertNote);
  EXPECT_EQ(mark_of_reference("http://oval.mitre.org/repository/data/x"), kOval);
  for (const char* none : {"", "https://", "https://us-cert.cisa.gov/ics/advisories/icsa-20-001-01",
                           "https://www.kb.cert.org/vuls/byid", "ftp://kb.cert.org/vuls/id/1",
                           "https://example.org/?u=https://kb.cert.org/vuls/id/1"}) {
    EXPECT_EQ(mark_of_reference(none), std::nullopt) << none;
  }
}

}  // namespace
}  // namespace weir::advisory
