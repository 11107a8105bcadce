//! What the columns of a product file become, in plain words.

use crate::columns::Column;

impl Column {
    /// What becomes of the column, for a report.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Column::Handle => "address of the product",
            Column::Title => "title",
            Column::Body => "description",
            Column::Vendor => "vendor",
            Column::Category => "collection, where no other is named",
            Column::Type => "type; collection, where no other is named",
            Column::Tags => "tags",
            Column::Published | Column::Status => "whether the product is imported",
            Column::Collection => "collections",
            Column::Option1Name | Column::Option2Name | Column::Option3Name => "name of an option",
            Column::Option1Value | Column::Option2Value | Column::Option3Value => {
                "value of an option"
            }
            Column::Sku => "SKU",
            Column::Barcode => "barcode",
            Column::Grams | Column::Weight => "weight",
            Column::WeightUnit => "unit of the weight",
            Column::Tracker => "whether stock is counted",
            Column::Quantity => "units in stock",
            Column::Policy => "whether more is sold than there is",
            Column::Price => "price",
            Column::CompareAt => "price that is struck through",
            Column::ImageSrc => "picture",
            Column::ImagePosition => "place of the picture",
            Column::ImageAlt => "text of the picture",
            Column::VariantImage => "picture of the variant",
            Column::GiftCard => "whether the product is a gift card, which is left out",
            Column::SeoTitle => "title for search engines",
            Column::SeoDescription => "description for search engines",
        }
    }
}
