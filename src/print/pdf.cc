// Pango lays out, Cairo writes. Both are C: every object of theirs is owned by a unique_ptr.
#include <memory>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "base/bytes.h"
#include "print/print.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
// Fontconfig keeps for ever what it has read of its configuration, and Cairo 1.16 forgets 768 bytes
// of each subset of a CJK font that it writes. What is ours is owned by a unique_ptr.
// NOLINTNEXTLINE: the sanitizer gives the name
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfontconfig\nleak:libcairo\n";
}
#endif
#endif

namespace weir::print {
namespace {

// A4 in points, with margins of 2 cm.
constexpr double kPageWidth = 595.28;
constexpr double kPageHeight = 841.89;
constexpr double kMargin = 56.69;
constexpr double kFooterHeight = 24;
constexpr double kTextWidth = kPageWidth - 2 * kMargin;
constexpr double kTextEnd = kPageHeight - kMargin - kFooterHeight;
constexpr std::string_view kCreator = "Weir";

struct Look {
  const char* font;
  double before;  // space above, in points
};
Look look_of(Block::Kind kind) {
  switch (kind) {
    case Block::Kind::title:
      return {"Sans Bold 16", 0};
    case Block::Kind::heading:
      return {"Sans Bold 10", 10};
    case Block::Kind::text:
      return {"Sans 10", 3};
    case Block::Kind::note:
      return {"Sans 8", 3};
  }
  std::unreachable();
}

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Surface = std::unique_ptr<cairo_surface_t, Freed<cairo_surface_destroy>>;
using Canvas = std::unique_ptr<cairo_t, Freed<cairo_destroy>>;
using Layout = std::unique_ptr<PangoLayout, Freed<g_object_unref>>;
using Font = std::unique_ptr<PangoFontDescription, Freed<pango_font_description_free>>;
using FontMap = std::unique_ptr<PangoFontMap, Freed<g_object_unref>>;
using Context = std::unique_ptr<PangoContext, Freed<g_object_unref>>;
using Lines = std::unique_ptr<PangoLayoutIter, Freed<pango_layout_iter_free>>;

cairo_status_t append(void* out, const unsigned char* bytes, unsigned int count) {
  // NOLINTNEXTLINE: what Cairo wrote are bytes
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

/// One pass over the sheet: once to count pages, once to draw with the count known.
class Press {
 public:
  Press(const Sheet& sheet, int pages)
      : sheet_(sheet), pages_(pages), fonts_(pango_cairo_font_map_new()) {
    surface_.reset(cairo_pdf_surface_create_for_stream(append, &bytes_, kPageWidth, kPageHeight));
    const auto say = [&](cairo_pdf_metadata_t what, const std::string& text) {
      cairo_pdf_surface_set_metadata(surface_.get(), what, text.c_str());
    };
    say(CAIRO_PDF_METADATA_TITLE, sheet.title);
    say(CAIRO_PDF_METADATA_CREATOR, std::string(kCreator));
    say(CAIRO_PDF_METADATA_CREATE_DATE, to_rfc3339(sheet.at));
    say(CAIRO_PDF_METADATA_MOD_DATE, to_rfc3339(sheet.at));
    canvas_.reset(cairo_create(surface_.get()));
    // A map of its own: the default one is a thread's.
    context_.reset(pango_font_map_create_context(fonts_.get()));
    pango_cairo_context_set_resolution(context_.get(), 72);
    pango_cairo_update_context(canvas_.get(), context_.get());
  }

  Status run() {
    for (const Block& block : sheet_.blocks) {
      TRY(print(block));
    }
    return end_page();
  }

  int pages() const { return page_; }
  Result<std::string> finish() {
    cairo_surface_finish(surface_.get());
    if (cairo_surface_status(surface_.get()) != CAIRO_STATUS_SUCCESS) {
      return fail(Code::unavailable, "the sheet could not be written");
    }
    return std::move(bytes_);
  }

 private:
  Result<Layout> lay_out(const std::string& text, const char* font) const {
    Layout layout(pango_layout_new(context_.get()));
    const Font description(pango_font_description_from_string(font));
    pango_layout_set_font_description(layout.get(), description.get());
    pango_layout_set_width(layout.get(), static_cast<int>(kTextWidth * PANGO_SCALE));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
    if (pango_layout_get_unknown_glyphs_count(layout.get()) > 0) {
      return fail(Code::unavailable,
                  "no font of this machine has a character of this text: install one "
                  "(fonts-noto-cjk for Chinese, Japanese and Korean)");
    }
    return layout;
  }

  Status print(const Block& block) {
    const Look look = look_of(block.kind);
    const Layout layout = TRY(lay_out(block.text, look.font));
    y_ += y_ == kMargin ? 0 : look.before;
    const Lines lines(pango_layout_get_iter(layout.get()));
    do {
      PangoRectangle box;
      pango_layout_iter_get_line_extents(lines.get(), nullptr, &box);
      const double height = pango_units_to_double(box.height);
      if (y_ + height > kTextEnd) {
        TRY(end_page());
      }
      const double below =
          pango_units_to_double(pango_layout_iter_get_baseline(lines.get()) - box.y);
      cairo_move_to(canvas_.get(), kMargin + pango_units_to_double(box.x), y_ + below);
      pango_cairo_show_layout_line(canvas_.get(), pango_layout_iter_get_line_readonly(lines.get()));
      y_ += height;
    } while (pango_layout_iter_next_line(lines.get()) != 0);
    return {};
  }

  Status end_page() {
    ++page_;
    if (page_ > kMostPages) {
      return fail(Code::invalid, "a sheet has at most 200 pages");
    }
    const std::string number = std::to_string(page_) + " / " + std::to_string(pages_);
    const Layout footer =
        TRY(lay_out(sheet_.footer.empty() ? number : sheet_.footer + " · " + number, "Sans 8"));
    pango_layout_set_height(footer.get(), 0);  // one line; more is cut with an ellipsis
    pango_layout_set_ellipsize(footer.get(), PANGO_ELLIPSIZE_START);
    cairo_move_to(canvas_.get(), kMargin, kPageHeight - kMargin);
    pango_cairo_show_layout(canvas_.get(), footer.get());
    cairo_show_page(canvas_.get());
    y_ = kMargin;
    return {};
  }

  const Sheet& sheet_;
  int pages_ = 0;  // in all, as the footer says
  std::string bytes_;
  FontMap fonts_;
  Surface surface_;
  Canvas canvas_;
  Context context_;
  double y_ = kMargin;
  int page_ = 0;  // that is done
};

}  // namespace

Result<std::string> pdf(const Sheet& sheet) {
  const auto is_plain = [](const std::string& text) {
    return is_utf8(text) && !text.contains('\0');
  };
  std::size_t size = sheet.title.size() + sheet.footer.size();
  bool is_text = is_plain(sheet.title) && is_plain(sheet.footer);
  for (const Block& block : sheet.blocks) {
    size += block.text.size();
    is_text = is_text && is_plain(block.text);
  }
  if (!is_text || size > kMaxSheetBytes) {
    return fail(Code::invalid, "a sheet is up to 2 MiB of UTF-8 text");
  }
  Press first(sheet, 0);
  TRY(first.run());
  TRY(first.finish());
  Press press(sheet, first.pages());
  TRY(press.run());
  return press.finish();
}

}  // namespace weir::print
