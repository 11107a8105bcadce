//! The head of a phrase: what a thing is, and not what it is for, of or like.
//!
//! "Laptop lock" is a lock and 手机壳 is a case. Germanic languages, Chinese and Japanese put the
//! head last, Romance languages first; a preposition, 适用于 and its like end the phrase; marks,
//! measures, colours and packing behind the head are cut off before.

use super::tokens::Token;

/// Where the head of a phrase ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Place among the tokens.
    pub token: usize,
    /// For a run: characters of it up to the end of the head.
    pub chars: usize,
}

/// Words that end a phrase, and say what the thing is for.
const ENDS: [(&str, &[&str]); 9] = [
    (
        "en",
        &[
            "for",
            "with",
            "without",
            "from",
            "by",
            "on",
            "w",
            "incl",
            "including",
            "compatible",
            "suitable",
            "fits",
            "designed",
        ],
    ),
    (
        "de",
        &[
            "fur",
            "mit",
            "ohne",
            "von",
            "aus",
            "zu",
            "zum",
            "zur",
            "bei",
            "passend",
            "kompatibel",
            "inkl",
            "im",
            "in",
        ],
    ),
    (
        "nl",
        &[
            "voor",
            "met",
            "zonder",
            "van",
            "uit",
            "geschikt",
            "compatibel",
            "incl",
        ],
    ),
    ("sv", &["for", "med", "utan", "av", "fran", "till"]),
    ("da", &["til", "med", "uden", "af", "fra"]),
    (
        "fr",
        &[
            "pour",
            "avec",
            "sans",
            "de",
            "du",
            "des",
            "d",
            "en",
            "a",
            "compatible",
        ],
    ),
    (
        "es",
        &["para", "con", "sin", "de", "del", "en", "compatible"],
    ),
    (
        "it",
        &[
            "per",
            "con",
            "senza",
            "di",
            "da",
            "del",
            "della",
            "in",
            "compatibile",
        ],
    ),
    (
        "pt",
        &["para", "com", "sem", "de", "do", "da", "em", "compativel"],
    ),
];

/// Languages that put the head first.
const HEAD_FIRST: [&str; 5] = ["fr", "es", "it", "pt", "ro"];

/// What begins a part of a Chinese phrase that says what the thing is for.
const RUN_ENDS: [&str; 8] = [
    "适用于",
    "适用",
    "兼容",
    "专用",
    "通用",
    "支持",
    "对应",
    "配合",
];

/// Marks that end a phrase.
const MARK_ENDS: [char; 13] = [
    '(', ',', ';', '[', '|', '-', ':', '(', ',', '【', '–', '—', '、',
];

/// Words of no kind of thing: measures, packing, colours, materials, conditions.
const FILLERS: [&str; 145] = [
    "a3",
    "a4",
    "aluminium",
    "aluminum",
    "amp",
    "amps",
    "anthracite",
    "anthrazit",
    "assorted",
    "bar",
    "beige",
    "black",
    "blau",
    "bleu",
    "blue",
    "bluish",
    "braun",
    "bronze",
    "brown",
    "bulk",
    "capacity",
    "carton",
    "charcoal",
    "chf",
    "chrome",
    "cm",
    "color",
    "colored",
    "colors",
    "colour",
    "coloured",
    "compact",
    "copper",
    "cyan",
    "dark",
    "db",
    "dpi",
    "edition",
    "eur",
    "farbig",
    "feet",
    "foot",
    "fps",
    "ft",
    "g",
    "gal",
    "gb",
    "gbit",
    "gelb",
    "genuine",
    "ghz",
    "gold",
    "golden",
    "grams",
    "graphite",
    "grau",
    "gray",
    "green",
    "grey",
    "grun",
    "hour",
    "hours",
    "hz",
    "inch",
    "inches",
    "indoor",
    "ivory",
    "kbit",
    "kg",
    "khz",
    "kva",
    "kw",
    "l",
    "large",
    "lb",
    "lbs",
    "m",
    "magenta",
    "mah",
    "matte",
    "mb",
    "mbit",
    "medium",
    "metallic",
    "meter",
    "meters",
    "mhz",
    "ml",
    "mm",
    "mp",
    "multicolor",
    "multicolour",
    "navy",
    "new",
    "nylon",
    "orange",
    "original",
    "outdoor",
    "oz",
    "pack",
    "page",
    "pages",
    "pc",
    "pcs",
    "piece",
    "pieces",
    "pink",
    "pixels",
    "polyester",
    "purple",
    "red",
    "refurbished",
    "rose",
    "rot",
    "schwarz",
    "silber",
    "silver",
    "size",
    "small",
    "stk",
    "stuck",
    "tan",
    "tb",
    "titanium",
    "transparent",
    "turquoise",
    "v",
    "va",
    "violet",
    "volt",
    "volts",
    "w",
    "watt",
    "watts",
    "weiss",
    "white",
    "wide",
    "wood",
    "x",
    "xl",
    "xs",
    "xxl",
    "yd",
    "year",
    "years",
];

/// Runs of no kind of thing.
const RUN_FILLERS: [&str; 34] = [
    "个", "件", "克", "公斤", "包邮", "升", "双", "只", "台", "正品", "官方", "新款", "旗舰",
    "英寸", "寸", "毫升", "米", "厘米", "斤", "条", "瓶", "盒", "装", "套装", "组合", "黑", "白",
    "红", "蓝", "版", "款", "现货", "热销", "码",
];

/// A run of so many characters that ends in 色 is a colour.
const COLOUR_CHARS_MAX: usize = 4;

/// The language whose rules a page's language follows.
fn ends(language: &str) -> &'static [&'static str] {
    let language = language.split('-').next().unwrap_or_default();
    let own = ENDS.iter().find(|(code, _)| *code == language);
    own.unwrap_or(&ENDS[0]).1
}

/// The head of a phrase in a language.
pub fn head(tokens: &[Token], language: &str) -> Option<Head> {
    let (end, cut) = phrase_end(tokens, ends(language));
    let chars = |token: usize| match &tokens[token] {
        Token::Run(run) if token + 1 == end => cut.unwrap_or(run.len()),
        Token::Run(run) => run.len(),
        Token::Word(_) | Token::Mark(_) => 0,
    };
    let code = language.split('-').next().unwrap_or_default();
    let is_thing = |&token: &usize| !is_filler(&tokens[token], chars(token));
    let token = match HEAD_FIRST.contains(&code) {
        true => (0..end).find(is_thing)?,
        false => (0..end).rev().find(is_thing)?,
    };
    Some(Head {
        token,
        chars: chars(token),
    })
}

/// How many tokens are before the end of the phrase, and how many characters of the last one when it
/// is a run that is cut.
fn phrase_end(tokens: &[Token], ends: &[&str]) -> (usize, Option<usize>) {
    let mut things = 0;
    for (place, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) => {
                let is_end =
                    matches!(word.parts.as_slice(), [one] if ends.contains(&one.text.as_str()));
                if is_end && things > 0 {
                    return (place, None);
                }
                things += 1;
            }
            Token::Mark(mark) if things > 0 && MARK_ENDS.contains(mark) => return (place, None),
            Token::Mark(_) => {}
            Token::Run(run) => {
                let text: String = run.iter().map(|one| one.char).collect();
                let found = RUN_ENDS.iter().filter_map(|end| text.find(end)).min();
                match found {
                    Some(0) if things > 0 => return (place, None),
                    Some(at) if at > 0 => return (place + 1, Some(text[..at].chars().count())),
                    Some(_) | None => things += 1,
                }
            }
        }
    }
    (tokens.len(), None)
}

fn is_filler(token: &Token, chars: usize) -> bool {
    match token {
        Token::Mark(_) => true,
        Token::Word(word) => {
            let is_filler = |text: &str| FILLERS.binary_search(&text).is_ok();
            word.has_digits() || is_filler(&word.joined())
        }
        Token::Run(run) => {
            let text: String = run.iter().take(chars).map(|one| one.char).collect();
            RUN_FILLERS.contains(&text.as_str())
                || (chars <= COLOUR_CHARS_MAX && text.ends_with('色'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{FoldTable, tokens};

    fn shown(text: &str, language: &str) -> String {
        let tokens = tokens(&FoldTable::default(), text);
        match head(&tokens, language) {
            None => String::new(),
            Some(Head { token, chars }) => match &tokens[token] {
                Token::Word(word) => word.joined(),
                Token::Run(run) => run.iter().take(chars).map(|one| one.char).collect(),
                Token::Mark(_) => unreachable!("a mark is no head"),
            },
        }
    }

    #[test]
    fn fillers_are_sorted_for_the_search_in_them() {
        assert!(FILLERS.is_sorted());
    }

    #[test]
    fn heads_of_titles_and_queries() {
        for (text, expected) in [
            ("laptop lock", "lock"),
            ("Case for iPhone", "case"),
            (
                "Lexmark 08A0476 toner cartridge Original Black 1 pc(s)",
                "cartridge",
            ),
            (
                "HP Pavilion dv7 Notebook Silver 43.2 cm (17\") 1440 x 900 pixels",
                "notebook",
            ),
            ("StarTech.com 3 ft Patch Cable - 3ft Patch Cord", "cable"),
            ("for iPhone", "iphone"),
            ("42", ""),
        ] {
            assert_eq!(shown(text, "en"), expected, "{text}");
        }
        for (text, expected) in [
            ("苹果手机壳 适用于 iPhone 11", "苹果手机壳"),
            ("充电器适用于华为手机", "充电器"),
            ("小米 游戏手机 深空灰色 8GB", "游戏手机"),
            ("适用于华为手机充电器", "适用于华为手机充电器"),
        ] {
            assert_eq!(shown(text, "zh"), expected, "{text}");
        }
        assert_eq!(shown("Étui pour téléphone", "fr"), "Étui");
        assert_eq!(shown("Lampe mit Schirm", "de"), "lampe");
    }
}
