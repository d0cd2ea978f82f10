// What a token may hold, as text and as stored.
#include "app/actor.h"

#include <gtest/gtest.h>

namespace weir::app {
namespace {

TEST(Scopes, AreReadFromTheirNamesAndFromNothingElse) {
  for (const Scope scope :
       {Scope::report, Scope::read, Scope::act, Scope::approve, Scope::administer}) {
    ASSERT_TRUE(parse_scope(name(scope)));
    EXPECT_EQ(*parse_scope(name(scope)), scope);
  }
  for (const char* text : {"", "Read", "read ", "readwrite", "all"}) {
    ASSERT_FALSE(parse_scope(text)) << text;
    EXPECT_EQ(parse_scope(text).error().code, Code::invalid);
  }
}

TEST(Scopes, StoredBitsNeverChange) {
  EXPECT_EQ((Scopes{Scope::report}.bits()), 1);
  EXPECT_EQ((Scopes{Scope::administer}.bits()), 16);
  EXPECT_EQ(Scopes::from_bits(5), (Scopes{Scope::report, Scope::act}));
}

TEST(Scopes, ATokenNeverHoldsApproval) {
  EXPECT_FALSE(kTokenScopes.has_all(kAllScopes));
  EXPECT_TRUE(kAllScopes.has_all(kTokenScopes));
  EXPECT_FALSE(kTokenScopes.has(Scope::approve));
  EXPECT_TRUE((Scopes{Scope::read, Scope::act}.has_all(Scopes{Scope::read})));
  EXPECT_FALSE((Scopes{Scope::read}.has_all(Scopes{Scope::read, Scope::act})));
}

TEST(Actors, TellThemselvesApartWithoutTellingASecret) {
  EXPECT_EQ(Actor().text(), "nobody");
  EXPECT_EQ(Actor::local("ada").text(), "user ada");
  EXPECT_EQ(Actor::local("ada").credential(), 0);
  const Actor bearer = Actor::bearer("secret-code");
  EXPECT_FALSE(bearer.text().contains("secret-code"));
  EXPECT_NE(bearer.text(), Actor::bearer("secret-codf").text());
}

}  // namespace
}  // namespace weir::app
