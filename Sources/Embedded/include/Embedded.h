// Embedded: the files that the program carries inside itself, as assets.def lists them: SQL, mail
// templates, tables. It is C because clang's #embed takes 100 KB in no time, where array literals
// of Swift take half a minute.
//
// It depends on nothing, and every target may import it. Never here: code that knows what an asset
// means; that is for the one target that reads it.

#ifndef EMBEDDED_H
#define EMBEDDED_H

#ifndef __has_embed
#error "this C compiler has no #embed; build with a newer Swift toolchain"
#endif

// Paths in assets.def begin at the package's root; #embed looks from the folder of assets.def.
#define EMBEDDED_QUOTED(path) #path
#define EMBEDDED_PATH(path) EMBEDDED_QUOTED(../../path)

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"

/// One constant for each asset, in Swift `EmbeddedAsset.mail_domains`. Code that names an asset
/// does not compile where assets.def has no such line or the file is not there.
enum __attribute__((enum_extensibility(closed))) EmbeddedAsset {
// No byte of the file is taken (limit), and in place of nothing stands the constant (if_empty).
#define ASSET(name, path) EMBEDDED_PATH(path) limit(0) if_empty(EmbeddedAsset_##name, )
#include "../assets.def"
#undef ASSET
};

#pragma clang diagnostic pop

/// The asset's text: UTF-8 with a zero byte at its end, there as long as the program runs. In
/// Swift: `String(cString: EmbeddedAsset.mail_domains.text)`.
const char *_Nonnull embedded_text(enum EmbeddedAsset asset)
    __attribute__((swift_name("getter:EmbeddedAsset.text(self:)")));

/// The text of the asset at a path from the package's root, for code that puts a file's name
/// together. Null where assets.def has no line with this path.
const char *_Nullable embedded_text_at(const char *_Nonnull path)
    __attribute__((swift_name("embeddedText(at:)")));

#endif
