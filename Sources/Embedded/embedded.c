#include "Embedded.h"

#include <string.h>

#pragma clang diagnostic ignored "-Wc23-extensions"

// All texts, one behind the other, each with a zero byte at its end. They share one array because
// one line of assets.def can name a file but cannot open and close the brackets of an array.
static const unsigned char texts[] = {
#define ASSET(name, path) EMBEDDED_PATH(path) suffix(, 0, ) if_empty(0, )
#include "assets.def"
#undef ASSET
};

static const char *const paths[] = {
#define ASSET(name, path) EMBEDDED_PATH(path) limit(0) if_empty(#path, )
#include "assets.def"
#undef ASSET
};

static const size_t count = sizeof paths / sizeof *paths;

const char *embedded_text(enum EmbeddedAsset asset) {
    // Swift makes a value of any raw number.
    if (asset >= count) return "";
    const char *text = (const char *)texts;
    for (size_t passed = 0; passed < asset; passed++) text += strlen(text) + 1;
    return text;
}

const char *embedded_text_at(const char *path) {
    for (size_t index = 0; index < count; index++) {
        if (strcmp(paths[index], path) == 0) return embedded_text((enum EmbeddedAsset)index);
    }
    return NULL;
}
