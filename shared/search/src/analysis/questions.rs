//! Words that make a sentence a question and say little about what is asked.

/// By language; folded. Of Chinese the two characters that stand beside each other.
const QUESTIONS: [(&str, &[&str]); 3] = [
    (
        "en",
        &[
            "am", "are", "be", "can", "could", "did", "do", "does", "get", "has", "have", "how",
            "i", "if", "me", "my", "please", "should", "there", "was", "we", "what", "when",
            "where", "which", "who", "why", "will", "would", "you", "your",
        ],
    ),
    (
        "zh",
        &[
            "什么", "怎么", "怎样", "如何", "为什", "可以", "能否", "是否", "请问", "我的", "我想",
            "你们", "哪里", "哪儿", "多少", "多久",
        ],
    ),
    (
        "de",
        &[
            "bin", "bitte", "hat", "habe", "haben", "ich", "ihr", "ihre", "ist", "kann", "konnen",
            "man", "mein", "meine", "meinen", "mir", "muss", "sie", "sind", "wann", "warum", "was",
            "welche", "wenn", "wer", "werden", "wie", "wird", "wo",
        ],
    ),
];

/// Whether a folded word, or two characters, is one in a language.
pub fn is_question_word(language: &str, word: &str) -> bool {
    let language = language.split('-').next().unwrap_or_default();
    let own = QUESTIONS.iter().find(|(code, _)| *code == language);
    own.is_some_and(|(_, words)| words.contains(&word))
}
