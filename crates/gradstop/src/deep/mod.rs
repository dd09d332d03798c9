//! Detectors that are networks.

pub(crate) mod autoencoder;
pub(crate) mod deepsvdd;
pub(crate) mod learning;
pub(crate) mod networks;
pub(crate) mod randnet;
pub(crate) mod rdp;
pub(crate) mod recipe;
pub(crate) mod robod;
pub(crate) mod score;
pub(crate) mod settings;
pub(crate) mod vae;
