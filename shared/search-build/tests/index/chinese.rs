//! What queries find in Chinese.

use souk_search::query::CorrectionKind;

use crate::shop::{Ask, Shop, product, slugs};

fn phones() -> Shop {
    Shop::of(
        &["zh"],
        &[
            product("mi", "小米 9 全面屏 游戏手机 8GB 深空灰色", "手机"),
            product("hw", "华为手机 P30", "手机"),
            product("case", "华为手机壳 适用于 P30", "手机壳"),
            product("charger", "充电器适用于华为手机", "充电器"),
            product("soap", "自动洗手机 家用", "卫浴"),
            product("note", "笔记本电脑 轻薄", "电脑"),
            product("view", "经典茶具", "茶具"),
            product("ear", "Sony 无线蓝牙耳机", "耳机"),
        ],
    )
}

#[test]
fn phones_come_before_what_is_for_phones() {
    let shop = phones();
    let answer = shop.answer(&Ask::new("手机"));
    let found = slugs(&answer);
    let mut phones = found[..2].to_vec();
    phones.sort();
    assert_eq!(phones, ["hw", "mi"]);
    assert!(!found.contains(&"soap".to_owned()), "{found:?}");
    let related: Vec<_> = answer
        .related
        .iter()
        .map(|one| one.text.base.as_str())
        .collect();
    assert_eq!(related, ["充电器", "手机壳"]);
    assert_eq!(shop.find("手机壳")[0], "case");
    assert_eq!(shop.find("华为手机")[0], "hw");
}

#[test]
fn any_two_characters_and_other_forms_are_found() {
    let shop = phones();
    for (text, slug) in [
        ("笔记", "note"),
        ("记本", "note"),
        ("电脑", "note"),
        ("華為手機", "hw"),
        ("耳机", "ear"),
        ("ｓｏｎｙ", "ear"),
        ("sony耳机", "ear"),
    ] {
        assert_eq!(
            shop.find(text).first().map(String::as_str),
            Some(slug),
            "{text}"
        );
    }
}

#[test]
fn pinyin_finds_and_characters_that_are_read_alike_do_where_nothing_else_does() {
    let shop = phones();
    let answer = shop.answer(&Ask::new("shouji"));
    assert!(["hw", "mi"].contains(&slugs(&answer)[0].as_str()));
    assert_eq!(answer.corrections[0].kind, CorrectionKind::Pinyin);
    assert_eq!(answer.corrections[0].to, "手机");
    let answer = shop.answer(&Ask::new("手级"));
    assert!(["hw", "mi"].contains(&slugs(&answer)[0].as_str()));
    assert_eq!(answer.corrections[0].kind, CorrectionKind::Homophone);
    // 景点 is read as 经典 is, and is something else: it is tried because nothing has 景点.
    let with = Shop::of(
        &["zh"],
        &[
            product("view", "经典茶具", "茶具"),
            product("trip", "景点门票", "门票"),
        ],
    );
    assert_eq!(with.find("景点"), ["trip"]);
}

#[test]
fn suggestions_come_from_initials_too() {
    let shop = phones();
    assert!(shop.suggest("sj").queries.contains(&"手机".to_owned()));
    assert!(shop.suggest("shou").queries.contains(&"手机".to_owned()));
    assert!(
        shop.suggest("笔")
            .queries
            .iter()
            .any(|query| query.starts_with("笔记本"))
    );
}
