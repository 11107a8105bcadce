//! Where Chinese words begin and end.

use jieba_rs::Jieba;
use souk_search::analysis::RunChar;

/// Words of shops that the dictionary lacks, so that characters inside them count as of one word.
const SHOP_WORDS: [&str; 26] = [
    "手机壳",
    "手机膜",
    "手机套",
    "手机架",
    "手机支架",
    "钢化膜",
    "充电宝",
    "数据线",
    "充电线",
    "充电头",
    "充电器",
    "移动电源",
    "蓝牙耳机",
    "平板电脑",
    "一体机",
    "键盘膜",
    "鼠标垫",
    "电脑包",
    "双肩包",
    "保温杯",
    "空气炸锅",
    "扫地机",
    "智能手表",
    "内存卡",
    "读卡器",
    "路由器",
];

/// Words of which a part is another thing: 洗手机 is not a 手机.
const OPAQUE_WORDS: [&str; 5] = ["洗手机", "洗手液", "打手机", "机关枪", "电动车"];

/// A word is taken for one however rare it is.
const FREQUENCY: usize = 1_000_000;

/// Finds the words in a run of characters.
pub(crate) struct Segmenter {
    jieba: Jieba,
}

/// A word in a run: its characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunWord {
    /// Its first character.
    pub(crate) start: usize,
    /// Behind its last one.
    pub(crate) end: usize,
    /// Whether parts of it are other things.
    pub(crate) is_opaque: bool,
}

impl Default for Segmenter {
    fn default() -> Self {
        let mut jieba = Jieba::new();
        for word in SHOP_WORDS.iter().chain(&OPAQUE_WORDS) {
            jieba.add_word(word, Some(FREQUENCY), None);
        }
        Self { jieba }
    }
}

impl Segmenter {
    /// The words of a run, in their order.
    pub(crate) fn words(&self, run: &[RunChar]) -> Vec<RunWord> {
        let text: String = run.iter().map(|one| one.char).collect();
        let words = self.jieba.cut(&text, false).into_iter();
        words
            .map(|token| RunWord {
                start: token.start,
                end: token.end,
                is_opaque: OPAQUE_WORDS.contains(&token.word),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found() {
        let segmenter = Segmenter::default();
        let shown = |text: &str| {
            let run: Vec<_> = text
                .chars()
                .map(|char| RunChar {
                    char,
                    start: 0,
                    end: 0,
                })
                .collect();
            let words = segmenter.words(&run).into_iter().map(|word| {
                let chars = run[word.start..word.end].iter().map(|one| one.char);
                chars.collect::<String>()
            });
            words.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown("自动洗手机"), "自动 洗手机");
        assert_eq!(shown("苹果手机壳"), "苹果 手机壳");
        assert_eq!(shown("小米手机"), "小米 手机");
    }
}
