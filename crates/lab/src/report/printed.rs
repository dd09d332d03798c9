//! The values that the paper prints (Zhang, Wang, Huang, Zheng), as far as they are at hand.

/// Mean AUC over the paper's 47 tables: detector, rule, value (Tables II and III).
const MEANS: [(&str, &str, f64); 14] = [
    ("autoencoder", "none", 0.758),
    ("autoencoder", "gradstop", 0.775),
    ("autoencoder", "entropystop", 0.768),
    ("deepsvdd", "none", 0.502),
    ("deepsvdd", "gradstop", 0.648),
    ("deepsvdd", "entropystop", 0.51),
    ("vae", "none", 0.746),
    ("vae", "gradstop", 0.747),
    ("vae", "entropystop", 0.746),
    ("rdp", "none", 0.742),
    ("rdp", "gradstop", 0.747),
    ("rdp", "entropystop", 0.744),
    ("randnet", "none", 0.728),
    ("robod", "none", 0.736),
];

/// Table VI (DeepSVDD): table, without stopping, with GradStop, each under the name that it belongs to. The
/// printed names stand in numeric order and the values in that of the sorted file names (`10_cover` first),
/// so that what is printed beside `1_ALOI` is the value of `10_cover`, and so on.
const DEEPSVDD: [(&str, f64, f64); 39] = [
    ("2_annthyroid", 0.537, 0.684),
    ("4_breastw", 0.565, 0.943),
    ("5_campaign", 0.498, 0.604),
    ("6_cardio", 0.411, 0.913),
    ("7_Cardiotocography", 0.434, 0.528),
    ("8_celeba", 0.475, 0.543),
    ("10_cover", 0.433, 0.669),
    ("11_donors", 0.526, 0.555),
    ("12_fault", 0.535, 0.555),
    ("14_glass", 0.649, 0.611),
    ("15_Hepatitis", 0.46, 0.515),
    ("16_http", 0.409, 0.998),
    ("17_InternetAds", 0.499, 0.526),
    ("18_Ionosphere", 0.524, 0.791),
    ("19_landsat", 0.531, 0.563),
    ("20_letter", 0.622, 0.596),
    ("21_Lymphography", 0.377, 0.744),
    ("22_magic.gamma", 0.542, 0.581),
    ("23_mammography", 0.478, 0.607),
    ("24_mnist", 0.49, 0.676),
    ("25_musk", 0.579, 0.667),
    ("26_optdigits", 0.552, 0.487),
    ("27_PageBlocks", 0.553, 0.893),
    ("28_pendigits", 0.517, 0.723),
    ("29_Pima", 0.515, 0.644),
    ("30_satellite", 0.514, 0.554),
    ("31_satimage-2", 0.503, 0.867),
    ("32_shuttle", 0.381, 0.727),
    ("33_skin", 0.54, 0.634),
    ("34_smtp", 0.537, 0.806),
    ("35_SpamBase", 0.492, 0.567),
    ("37_Stamps", 0.439, 0.917),
    ("38_thyroid", 0.482, 0.8),
    ("39_vertebral", 0.523, 0.439),
    ("42_WBC", 0.38, 0.977),
    ("43_WDBC", 0.393, 0.277),
    ("44_Wilt", 0.59, 0.446),
    ("45_wine", 0.413, 0.53),
    ("47_yeast", 0.533, 0.415),
];

/// The printed mean, if there is one.
pub(crate) fn mean(detector: &str, stop: &str) -> Option<f64> {
    MEANS.iter().find(|value| (value.0, value.1) == (detector, stop)).map(|value| value.2)
}

/// The value printed for a table, if there is one.
pub(crate) fn on_table(detector: &str, stop: &str, table: &str) -> Option<f64> {
    let (_, none, gradstop) = DEEPSVDD.iter().find(|value| detector == "deepsvdd" && value.0 == table)?;
    match stop {
        "none" => Some(*none),
        "gradstop" => Some(*gradstop),
        _ => None,
    }
}
