//! `gradstop export`: a saved detector for other programs.

use gradstop::FittedDetector;

use crate::arguments::Export;
use crate::failure::Failure;
use crate::output::{Output, all_differ};

pub(crate) fn run(arguments: &Export) -> Result<(), Failure> {
    all_differ(&[("model", Some(&arguments.model)), ("--onnx", Some(&arguments.onnx))])?;
    let detector = FittedDetector::load(&arguments.model)?;
    let output = Output::open(&arguments.onnx)?;
    let bytes = gradstop_onnx::to_bytes(&detector)
        .map_err(|problem| Failure::Export { path: arguments.model.clone(), problem })?;
    output.write_whole(&bytes)
}
