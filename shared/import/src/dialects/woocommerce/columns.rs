//! Columns of WooCommerce's product CSV in English, German, French and Chinese.
//!
//! The exporter writes its header in the language of the shop, and the importer of any language
//! reads the English one. Sources: WooCommerce's exporter, and exports of shops in the other
//! languages; several words for one column are of different versions.

use crate::{
    Dialect,
    columns::{Column, Sources},
    dialects::{
        fields::{Fields, Names, count, numbered, places, plain},
        fit::Fit,
        model::FileRow,
    },
    table::Broken,
};

/// A column that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Type,
    Sku,
    Gtin,
    Name,
    Published,
    Visibility,
    Short,
    Description,
    SaleStarts,
    SaleEnds,
    InStock,
    Stock,
    Backorders,
    SalePrice,
    RegularPrice,
    Categories,
    Tags,
    Images,
    Parent,
    Position,
    Brands,
}

/// In the order of the enum.
const NAMES: Names<22> = [
    &["id"],
    &["type", "typ", "类型"],
    &["sku", "artikelnummer", "ugs"],
    &[
        "gtin, upc, ean, or isbn",
        "gtin, upc, ean oder isbn",
        "gtin, upc, ean ou isbn",
    ],
    &["name", "nom", "名称"],
    &["published", "veröffentlicht", "publié", "已发布"],
    &[
        "visibility in catalog",
        "sichtbarkeit im katalog",
        "visibilité dans le catalogue",
        "在列表页可见",
    ],
    &[
        "short description",
        "kurzbeschreibung",
        "description courte",
        "简单描述",
    ],
    &["description", "beschreibung", "描述"],
    &[
        "date sale price starts",
        "datum, an dem angebotspreis beginnt",
        "date de début de promo",
        "促销开始日期",
    ],
    &[
        "date sale price ends",
        "datum, an dem angebotspreis endet",
        "date de fin de promo",
        "促销截止日期",
    ],
    &["in stock?", "vorrätig?", "en stock ?", "有货?"],
    &["stock", "lager", "bestand", "库存"],
    &[
        "backorders allowed?",
        "lieferrückstände erlaubt?",
        "lieferrückstande erlaubt?",
        "rückstände erlaubt?",
        "autoriser les commandes de produits en rupture ?",
        "允许缺货下单?",
    ],
    &["sale price", "angebotspreis", "tarif promo", "促销价格"],
    &[
        "regular price",
        "regulärer preis",
        "tarif régulier",
        "常规售价",
    ],
    &["categories", "kategorien", "catégories", "分类"],
    &["tags", "schlagwörter", "étiquettes", "标签"],
    &["images", "bilder", "图片"],
    &["parent", "übergeordnetes produkt", "父级"],
    &["position", "位置"],
    &["brands", "marken", "marques", "品牌"],
];

/// Words that WooCommerce shares with others, so that they decide nothing.
const SHARED: [&str; 13] = [
    "id",
    "type",
    "sku",
    "name",
    "published",
    "description",
    "stock",
    "tags",
    "images",
    "parent",
    "position",
    "brands",
    "typ",
];

/// Columns that mean nothing here.
const IGNORED: [&str; 68] = [
    "is featured?",
    "ist hervorgehoben?",
    "mis en avant ?",
    "是推荐产品",
    "tax status",
    "steuerstatus",
    "état de la tva",
    "税状态",
    "tax class",
    "steuerklasse",
    "classe de tva",
    "税类",
    "low stock amount",
    "geringe lagermenge",
    "montant de stock faible",
    "库存不足",
    "sold individually?",
    "nur einzeln verkaufen?",
    "vendre individuellement ?",
    "单独出售",
    "allow customer reviews?",
    "kundenrezensionen erlauben?",
    "kundenbewertungen erlauben?",
    "autoriser les avis clients ?",
    "允许客户评价?",
    "purchase note",
    "hinweis zum kauf",
    "note de commande",
    "购物备注",
    "shipping class",
    "versandklasse",
    "classe d'expédition",
    "运费类",
    "download limit",
    "downloadlimit",
    "limite de téléchargement",
    "下载限制",
    "download expiry days",
    "ablauftage des downloads",
    "jours d'expiration du téléchargement",
    "下载的过期天数",
    "grouped products",
    "gruppierte produkte",
    "groupes de produits",
    "分组产品",
    "upsells",
    "zusatzverkäufe",
    "produits suggérés",
    "交叉销售",
    "cross-sells",
    "cross-sells (querverkäufe)",
    "ventes croisées",
    "external url",
    "externe url",
    "url externe",
    "外部链接",
    "button text",
    "button-text",
    "libellé du bouton",
    "按钮文本",
    "swatches attributes",
    "length (cm)",
    "width (cm)",
    "height (cm)",
    "longueur (cm)",
    "largeur (cm)",
    "hauteur (cm)",
    "bundled items",
];

/// Beginnings of columns that mean nothing here.
const IGNORED_PREFIXES: [&str; 19] = [
    "meta: ",
    "metadaten: ",
    "méta : ",
    "元数据:",
    "download ",
    "téléchargement ",
    "下载 ",
    "length (",
    "width (",
    "height (",
    "länge (",
    "breite (",
    "höhe (",
    "longueur (",
    "largeur (",
    "hauteur (",
    "长度(",
    "宽度(",
    "高度(",
];

/// What stands before the unit of a weight.
const WEIGHTS: [&str; 5] = ["weight (", "gewicht (", "poids (", "重量(", "重量 ("];

/// Words around the number of an attribute: of its name, its values, whether it is shown.
const ATTRIBUTE_NAMES: [(&str, &str); 4] = [
    ("attribute ", " name"),
    ("attribut ", " name"),
    ("nom de l'attribut ", ""),
    ("属性 ", " 名称"),
];
const ATTRIBUTE_VALUES: [(&str, &str); 4] = [
    ("attribute ", " value(s)"),
    ("attribut ", " wert(e)"),
    ("valeur(s) de l'attribut ", ""),
    ("属性 ", " 值"),
];
const ATTRIBUTE_SHOWN: [(&str, &str); 4] = [
    ("attribute ", " visible"),
    ("attribut ", " sichtbar"),
    ("attribut ", " visible"),
    ("属性 ", " 可见"),
];
const ATTRIBUTE_REST: [(&str, &str); 8] = [
    ("attribute ", " global"),
    ("attribut ", " global"),
    ("属性 ", " 的全局"),
    ("attribute ", " default"),
    ("attribut ", " standard"),
    ("attribut ", " par défaut"),
    ("valeur par défaut de l'attribut ", ""),
    ("属性 ", " 的默认值"),
];

/// The columns of one attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttributeColumns {
    pub(super) name: usize,
    pub(super) values: usize,
    shown: Option<usize>,
}

/// Where everything stands.
pub(super) struct WooColumns {
    fields: Fields<22>,
    pub(super) weight: Option<usize>,
    /// One of the units of a weight.
    pub(super) weight_unit: &'static str,
    pub(super) attributes: Vec<AttributeColumns>,
}

/// How much of a header is WooCommerce's.
pub(super) fn fit(header: &[String]) -> Fit {
    let field = |name: &str| NAMES.iter().any(|names| names.contains(&name));
    let known =
        |name: &str| field(name) || is_ignored(name) || is_attribute(name) || is_weight(name);
    let own = |name: &str| {
        let word = field(name) && !SHARED.contains(&name);
        word || is_attribute(name) || name.starts_with("meta: ")
    };
    let fields = Fields::find(header, &NAMES);
    Fit {
        dialect: Dialect::WooCommerce,
        known: count(header, known),
        own: count(header, own) > 0,
        lacks: fields.is_ok_and(|fields| fields.at(Field::Name as usize).is_none()),
    }
}

fn is_ignored(name: &str) -> bool {
    IGNORED.contains(&name) || IGNORED_PREFIXES.iter().any(|start| name.starts_with(start))
}

fn is_weight(name: &str) -> bool {
    WEIGHTS.iter().any(|start| name.starts_with(start))
}

fn is_attribute(name: &str) -> bool {
    let mut all = ATTRIBUTE_NAMES
        .iter()
        .chain(&ATTRIBUTE_VALUES)
        .chain(&ATTRIBUTE_SHOWN)
        .chain(&ATTRIBUTE_REST);
    all.any(|(before, after)| numbered(name, before, after).is_some())
}

impl WooColumns {
    /// Finds the columns.
    ///
    /// # Errors
    /// When one stands twice, or there are no names.
    pub(super) fn find(header: &[String]) -> Result<Self, Broken> {
        let fields = Fields::find(header, &NAMES)?;
        fields.need(Field::Name as usize, "Name", Dialect::WooCommerce)?;
        let names: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let weight = names.iter().position(|name| is_weight(name));
        let weight_unit = weight.map_or("kg", |place| unit_of(&names[place]));
        let find = |words: &[(&str, &str)], number: usize| {
            names.iter().position(|name| {
                let mut words = words.iter();
                words.any(|(before, after)| numbered(name, before, after) == Some(number))
            })
        };
        let numbers = names.iter().filter_map(|name| {
            let mut words = ATTRIBUTE_NAMES.iter();
            words.find_map(|(before, after)| numbered(name, before, after))
        });
        let mut numbers: Vec<usize> = numbers.collect();
        numbers.sort_unstable();
        let attributes = numbers.into_iter().filter_map(|number| {
            Some(AttributeColumns {
                name: find(&ATTRIBUTE_NAMES, number)?,
                values: find(&ATTRIBUTE_VALUES, number)?,
                shown: find(&ATTRIBUTE_SHOWN, number),
            })
        });
        Ok(Self {
            fields,
            weight,
            weight_unit,
            attributes: attributes.collect(),
        })
    }

    /// The place of a field.
    pub(super) fn at(&self, field: Field) -> Option<usize> {
        self.fields.at(field as usize)
    }

    /// Every place that is read.
    pub(super) fn read(&self) -> Vec<usize> {
        let attributes = self.attributes.iter();
        let attributes = attributes.flat_map(|one| [Some(one.name), Some(one.values), one.shown]);
        let attributes = attributes.flatten();
        self.fields
            .all()
            .chain(self.weight)
            .chain(attributes)
            .collect()
    }

    /// What the columns become.
    pub(super) fn sources(&self, header: &[String]) -> Sources {
        let mut sources = Sources {
            ignored: places(header, |name| is_ignored(name) || is_attribute(name)),
            ..Sources::default()
        };
        let becomes = [
            (Column::Title, Field::Name),
            (Column::Body, Field::Description),
            (Column::Body, Field::Short),
            (Column::Vendor, Field::Brands),
            (Column::Tags, Field::Tags),
            (Column::Published, Field::Published),
            (Column::Status, Field::Visibility),
            (Column::Collection, Field::Categories),
            (Column::Sku, Field::Sku),
            (Column::Barcode, Field::Gtin),
            (Column::Quantity, Field::Stock),
            (Column::Quantity, Field::InStock),
            (Column::Tracker, Field::Stock),
            (Column::Tracker, Field::InStock),
            (Column::Policy, Field::Backorders),
            (Column::Price, Field::RegularPrice),
            (Column::Price, Field::SalePrice),
            (Column::CompareAt, Field::RegularPrice),
            (Column::ImageSrc, Field::Images),
            (Column::VariantImage, Field::Images),
        ];
        for (column, field) in becomes {
            sources
                .becomes
                .extend(self.at(field).map(|place| (column, place)));
        }
        sources
            .becomes
            .extend(self.weight.map(|place| (Column::Weight, place)));
        let others = [
            (Field::Id, "finds the product of a variation"),
            (Field::Type, "kind of product"),
            (Field::Parent, "finds the product of a variation"),
            (Field::Position, "order of variations"),
            (Field::SaleStarts, "a sale for some days is left out"),
            (Field::SaleEnds, "a sale for some days is left out"),
        ];
        for (field, meaning) in others {
            sources
                .others
                .extend(self.at(field).map(|place| (place, meaning)));
        }
        for (number, attribute) in self.attributes.iter().enumerate() {
            if let Some(column) = Column::OPTION_NAMES.get(number) {
                sources.becomes.push((*column, attribute.name));
                sources
                    .becomes
                    .push((Column::OPTION_VALUES[number], attribute.values));
            }
            let meaning = "of attributes without variations: a line of the description";
            sources.others.push((attribute.values, meaning));
            let shown = "whether that line is shown";
            sources
                .others
                .extend(attribute.shown.map(|place| (place, shown)));
        }
        sources
    }

    /// The attributes of a row: name, values with their place, whether it is shown.
    pub(super) fn attributes_of<'a>(&self, row: &FileRow<'a>) -> Vec<Attribute<'a>> {
        let named = self.attributes.iter().map(|columns| Attribute {
            name: row.get(Some(columns.name)),
            values: row.get(Some(columns.values)),
            place: columns.values,
            shown: row.get(columns.shown) != "0",
        });
        named
            .filter(|attribute| !attribute.name.is_empty())
            .collect()
    }
}

/// An attribute of a row.
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    /// As the cell has them.
    pub(super) values: &'a str,
    pub(super) place: usize,
    pub(super) shown: bool,
}

/// The unit in a name such as `weight (kg)`.
fn unit_of(name: &str) -> &'static str {
    let unit = name.split(['(', ')']).nth(1).unwrap_or_default().trim();
    match unit {
        "g" | "克" => "g",
        "lbs" | "lb" | "磅" => "lb",
        "oz" | "盎司" => "oz",
        _ => "kg",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_they_are_compared() {
        for name in NAMES.iter().copied().flatten().chain(&IGNORED) {
            assert_eq!(plain(name), *name);
        }
        for name in SHARED {
            assert!(NAMES.iter().any(|names| names.contains(&name)), "{name}");
        }
    }

    #[test]
    fn attributes_and_weights_are_found_in_every_language() {
        let header = |names: &str| -> Vec<String> { names.split('|').map(str::to_owned).collect() };
        let cases = [
            (
                "Name|Weight (lbs)|Attribute 1 name|Attribute 1 value(s)|Attribute 1 visible",
                "lb",
            ),
            (
                "Name|Gewicht (g)|Attribut 1 Name|Attribut 1 Wert(e)|Attribut 1 Sichtbar",
                "g",
            ),
            (
                "Nom|Poids (kg)|Nom de l’attribut 1|Valeur(s) de l’attribut 1 |Attribut 1 visible",
                "kg",
            ),
            ("名称|重量(公斤)|属性 1 名称|属性 1 值|属性 1 可见", "kg"),
        ];
        for (names, unit) in cases {
            let columns = WooColumns::find(&header(names)).unwrap();
            assert_eq!(columns.weight_unit, unit, "{names}");
            assert_eq!(columns.weight, Some(1), "{names}");
            let attribute = columns.attributes[0];
            assert_eq!(
                (attribute.name, attribute.values, attribute.shown),
                (2, 3, Some(4))
            );
        }
    }
}
