//! Countries and regions that the checkout offers, by ISO 3166-1 alpha-2 code.
//!
//! Names are those that shoppers expect in each language, not a statement about borders.
//!
//! Not here: which codes an order may have (`crate::countries`), a superset of these.

use souk_domain::Locale;

/// The ones that are offered first.
pub(super) const COMMON: [&str; 6] = ["CN", "US", "GB", "DE", "JP", "FR"];

/// Code, English name, Chinese name; in order of the English names.
pub(super) const COUNTRIES: [(&str, &str, &str); 138] = [
    ("AL", "Albania", "阿尔巴尼亚"),
    ("DZ", "Algeria", "阿尔及利亚"),
    ("AD", "Andorra", "安道尔"),
    ("AO", "Angola", "安哥拉"),
    ("AR", "Argentina", "阿根廷"),
    ("AM", "Armenia", "亚美尼亚"),
    ("AU", "Australia", "澳大利亚"),
    ("AT", "Austria", "奥地利"),
    ("AZ", "Azerbaijan", "阿塞拜疆"),
    ("BH", "Bahrain", "巴林"),
    ("BD", "Bangladesh", "孟加拉国"),
    ("BY", "Belarus", "白俄罗斯"),
    ("BE", "Belgium", "比利时"),
    ("BT", "Bhutan", "不丹"),
    ("BO", "Bolivia", "玻利维亚"),
    ("BA", "Bosnia and Herzegovina", "波斯尼亚和黑塞哥维那"),
    ("BW", "Botswana", "博茨瓦纳"),
    ("BR", "Brazil", "巴西"),
    ("BN", "Brunei", "文莱"),
    ("BG", "Bulgaria", "保加利亚"),
    ("KH", "Cambodia", "柬埔寨"),
    ("CM", "Cameroon", "喀麦隆"),
    ("CA", "Canada", "加拿大"),
    ("CL", "Chile", "智利"),
    ("CN", "China", "中国"),
    ("CO", "Colombia", "哥伦比亚"),
    ("CR", "Costa Rica", "哥斯达黎加"),
    ("HR", "Croatia", "克罗地亚"),
    ("CY", "Cyprus", "塞浦路斯"),
    ("CZ", "Czechia", "捷克"),
    ("DK", "Denmark", "丹麦"),
    ("DO", "Dominican Republic", "多米尼加"),
    ("EC", "Ecuador", "厄瓜多尔"),
    ("EG", "Egypt", "埃及"),
    ("SV", "El Salvador", "萨尔瓦多"),
    ("EE", "Estonia", "爱沙尼亚"),
    ("ET", "Ethiopia", "埃塞俄比亚"),
    ("FO", "Faroe Islands", "法罗群岛"),
    ("FJ", "Fiji", "斐济"),
    ("FI", "Finland", "芬兰"),
    ("FR", "France", "法国"),
    ("GE", "Georgia", "格鲁吉亚"),
    ("DE", "Germany", "德国"),
    ("GH", "Ghana", "加纳"),
    ("GR", "Greece", "希腊"),
    ("GL", "Greenland", "格陵兰"),
    ("GT", "Guatemala", "危地马拉"),
    ("HN", "Honduras", "洪都拉斯"),
    ("HK", "Hong Kong SAR", "中国香港"),
    ("HU", "Hungary", "匈牙利"),
    ("IS", "Iceland", "冰岛"),
    ("IN", "India", "印度"),
    ("ID", "Indonesia", "印度尼西亚"),
    ("IQ", "Iraq", "伊拉克"),
    ("IE", "Ireland", "爱尔兰"),
    ("IL", "Israel", "以色列"),
    ("IT", "Italy", "意大利"),
    ("CI", "Ivory Coast", "科特迪瓦"),
    ("JM", "Jamaica", "牙买加"),
    ("JP", "Japan", "日本"),
    ("JO", "Jordan", "约旦"),
    ("KZ", "Kazakhstan", "哈萨克斯坦"),
    ("KE", "Kenya", "肯尼亚"),
    ("KW", "Kuwait", "科威特"),
    ("KG", "Kyrgyzstan", "吉尔吉斯斯坦"),
    ("LA", "Laos", "老挝"),
    ("LV", "Latvia", "拉脱维亚"),
    ("LB", "Lebanon", "黎巴嫩"),
    ("LI", "Liechtenstein", "列支敦士登"),
    ("LT", "Lithuania", "立陶宛"),
    ("LU", "Luxembourg", "卢森堡"),
    ("MO", "Macao SAR", "中国澳门"),
    ("MG", "Madagascar", "马达加斯加"),
    ("MY", "Malaysia", "马来西亚"),
    ("MV", "Maldives", "马尔代夫"),
    ("MT", "Malta", "马耳他"),
    ("MU", "Mauritius", "毛里求斯"),
    ("MX", "Mexico", "墨西哥"),
    ("MD", "Moldova", "摩尔多瓦"),
    ("MC", "Monaco", "摩纳哥"),
    ("MN", "Mongolia", "蒙古"),
    ("ME", "Montenegro", "黑山"),
    ("MA", "Morocco", "摩洛哥"),
    ("MZ", "Mozambique", "莫桑比克"),
    ("MM", "Myanmar", "缅甸"),
    ("NA", "Namibia", "纳米比亚"),
    ("NP", "Nepal", "尼泊尔"),
    ("NL", "Netherlands", "荷兰"),
    ("NZ", "New Zealand", "新西兰"),
    ("NI", "Nicaragua", "尼加拉瓜"),
    ("NG", "Nigeria", "尼日利亚"),
    ("MK", "North Macedonia", "北马其顿"),
    ("NO", "Norway", "挪威"),
    ("OM", "Oman", "阿曼"),
    ("PK", "Pakistan", "巴基斯坦"),
    ("PA", "Panama", "巴拿马"),
    ("PG", "Papua New Guinea", "巴布亚新几内亚"),
    ("PY", "Paraguay", "巴拉圭"),
    ("PE", "Peru", "秘鲁"),
    ("PH", "Philippines", "菲律宾"),
    ("PL", "Poland", "波兰"),
    ("PT", "Portugal", "葡萄牙"),
    ("PR", "Puerto Rico", "波多黎各"),
    ("QA", "Qatar", "卡塔尔"),
    ("RO", "Romania", "罗马尼亚"),
    ("RU", "Russia", "俄罗斯"),
    ("RW", "Rwanda", "卢旺达"),
    ("SM", "San Marino", "圣马力诺"),
    ("SA", "Saudi Arabia", "沙特阿拉伯"),
    ("SN", "Senegal", "塞内加尔"),
    ("RS", "Serbia", "塞尔维亚"),
    ("SG", "Singapore", "新加坡"),
    ("SK", "Slovakia", "斯洛伐克"),
    ("SI", "Slovenia", "斯洛文尼亚"),
    ("ZA", "South Africa", "南非"),
    ("KR", "South Korea", "韩国"),
    ("ES", "Spain", "西班牙"),
    ("LK", "Sri Lanka", "斯里兰卡"),
    ("SE", "Sweden", "瑞典"),
    ("CH", "Switzerland", "瑞士"),
    ("TW", "Taiwan", "中国台湾"),
    ("TJ", "Tajikistan", "塔吉克斯坦"),
    ("TZ", "Tanzania", "坦桑尼亚"),
    ("TH", "Thailand", "泰国"),
    ("TT", "Trinidad and Tobago", "特立尼达和多巴哥"),
    ("TN", "Tunisia", "突尼斯"),
    ("TM", "Turkmenistan", "土库曼斯坦"),
    ("TR", "Türkiye", "土耳其"),
    ("UG", "Uganda", "乌干达"),
    ("UA", "Ukraine", "乌克兰"),
    ("AE", "United Arab Emirates", "阿拉伯联合酋长国"),
    ("GB", "United Kingdom", "英国"),
    ("US", "United States", "美国"),
    ("UY", "Uruguay", "乌拉圭"),
    ("UZ", "Uzbekistan", "乌兹别克斯坦"),
    ("VN", "Vietnam", "越南"),
    ("ZM", "Zambia", "赞比亚"),
    ("ZW", "Zimbabwe", "津巴布韦"),
];

/// The name of a country; `None` for a code that is not offered.
pub(super) fn name(code: &str, locale: Locale) -> Option<&'static str> {
    let (_, en, zh) = COUNTRIES.iter().find(|(known, ..)| *known == code)?;
    Some(match locale {
        Locale::En => en,
        Locale::Zh => zh,
    })
}

/// Whether an address of the country is written from the largest part to the smallest.
pub(super) fn largest_first(code: &str) -> bool {
    matches!(code, "CN" | "HK" | "JP" | "KR" | "MO" | "TW")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_names_are_in_order() {
        for pair in COUNTRIES.windows(2) {
            assert!(pair[0].1 < pair[1].1, "{} before {}", pair[0].1, pair[1].1);
        }
        let codes: std::collections::BTreeSet<_> =
            COUNTRIES.iter().map(|(code, ..)| code).collect();
        assert_eq!(codes.len(), COUNTRIES.len());
        assert!(COMMON.iter().all(|code| name(code, Locale::Zh).is_some()));
        assert!(
            COUNTRIES
                .iter()
                .all(|(code, ..)| crate::countries::exists(code))
        );
        assert_eq!(name("XX", Locale::En), None);
    }
}
