//! A graph under construction: nodes and constants, each of which is written once however often it is asked for.

use std::collections::HashMap;

use crate::protobuf::Message;

/// Types of values, by their number in TensorProto.DataType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Float = 1,
    Int64 = 7,
    Text = 8,
    Bool = 9,
    Double = 11,
}

/// An attribute of a node.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attribute<'a> {
    Int(&'static str, i64),
    Float(&'static str, f32),
    Floats(&'static str, &'a [f32]),
    Texts(&'static str, &'a [&'a str]),
}

/// The second set of operators, for what ONNX's own do not know of text.
pub(crate) const LEARNING: &str = "ai.onnx.ml";

/// The only operator of it.
const LABEL_ENCODER: &str = "LabelEncoder";

/// A name that nodes refer to: an input, a constant, or what a node makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value(String);

/// Nodes in the order in which they can run, and constants.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    /// Names of nodes and constants by all that they are but the name: members of an average share much.
    known: HashMap<Vec<u8>, Value>,
    uses_learning: bool,
}

impl Value {
    /// An input of the graph.
    pub(crate) fn input(name: &str) -> Self {
        Self(name.into())
    }
}

impl Graph {
    /// What an operator makes of its inputs: its first output.
    pub(crate) fn node(&mut self, operator: &str, inputs: &[&Value], attributes: &[Attribute<'_>]) -> Value {
        let node = node(operator, inputs, attributes);
        let key = node.clone().into_bytes();
        if let Some(value) = self.known.get(&key) {
            return value.clone();
        }
        let value = Value(format!("{}_{}", operator.to_lowercase(), self.nodes.len()));
        let node = node.bytes(2, &value.0);
        // Of the largest values it also gives the places, and that output has to have a name.
        let node = if operator == "TopK" { node.bytes(2, format!("{}_places", value.0)) } else { node };
        self.nodes.push(node.bytes(3, &value.0));
        self.uses_learning |= operator == LABEL_ENCODER;
        self.known.insert(key, value.clone());
        value
    }

    /// An output of the graph: what an operator makes, under a name that is promised.
    pub(crate) fn output(&mut self, name: &str, operator: &str, inputs: &[&Value]) -> Value {
        self.nodes.push(node(operator, inputs, &[]).bytes(2, name).bytes(3, name));
        Value(name.into())
    }

    pub(crate) fn floats(&mut self, shape: &[usize], values: &[f32]) -> Value {
        self.constant(Type::Float, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    pub(crate) fn doubles(&mut self, shape: &[usize], values: &[f64]) -> Value {
        self.constant(Type::Double, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    pub(crate) fn ints(&mut self, values: &[i64]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(Type::Int64, &[values.len()], bytes)
    }

    /// The same numbers as another type.
    pub(crate) fn cast(&mut self, value: &Value, to: Type) -> Value {
        self.node("Cast", &[value], &[Attribute::Int("to", to as i64)])
    }

    /// The number that stands beside each text, or another one beside those that are not known.
    pub(crate) fn looked_up(&mut self, texts: &Value, known: &[&str], numbers: &[f32], other: f32) -> Value {
        let (keys, values) =
            (Attribute::Texts("keys_strings", known), Attribute::Floats("values_floats", numbers));
        self.node(LABEL_ENCODER, &[texts], &[keys, values, Attribute::Float("default_float", other)])
    }

    /// Whether any node is of the second set of operators.
    pub(crate) fn uses_learning(&self) -> bool {
        self.uses_learning
    }

    /// (rows x width) -> (rows x 1).
    pub(crate) fn row_sums(&mut self, value: &Value) -> Value {
        let axes = self.ints(&[1]);
        self.node("ReduceSum", &[value, &axes], &[Attribute::Int("keepdims", 1)])
    }

    /// Several of (rows x 1) -> (rows x several).
    pub(crate) fn side_by_side(&mut self, values: &[Value]) -> Value {
        let values: Vec<&Value> = values.iter().collect();
        self.node("Concat", &values, &[Attribute::Int("axis", 1)])
    }

    fn constant(&mut self, kind: Type, shape: &[usize], bytes: Vec<u8>) -> Value {
        // TensorProto: dims 1, data_type 2, name 8, raw_data 9.
        let dimensions = shape.iter().map(|&length| length as i64);
        let tensor = Message::default()
            .each(dimensions, |tensor, length| tensor.int(1, length))
            .int(2, kind as i64)
            .bytes(9, bytes);
        let key = tensor.clone().into_bytes();
        if let Some(value) = self.known.get(&key) {
            return value.clone();
        }
        let value = Value(format!("constant_{}", self.constants.len()));
        self.constants.push(tensor.bytes(8, &value.0));
        self.known.insert(key, value.clone());
        value
    }

    /// GraphProto: node 1, name 2, initializer 5, input 11, output 12.
    pub(crate) fn finish(self, name: &str, inputs: Vec<Message>, outputs: Vec<Message>) -> Message {
        let graph = Message::default().each(self.nodes, |graph, node| graph.message(1, node)).bytes(2, name);
        let graph = graph.each(self.constants, |graph, constant| graph.message(5, constant));
        let graph = graph.each(inputs, |graph, input| graph.message(11, input));
        graph.each(outputs, |graph, output| graph.message(12, output))
    }
}

/// NodeProto without output and name: input 1, op_type 4, attribute 5, domain 7.
fn node(operator: &str, inputs: &[&Value], attributes: &[Attribute<'_>]) -> Message {
    // AttributeProto: name 1, f 2, i 3, floats 7, strings 9, type 20 (1 a float, 2 a whole number, 6 and 8 several).
    let attribute = |attribute: &Attribute<'_>| match *attribute {
        Attribute::Int(name, value) => Message::default().bytes(1, name).int(3, value).int(20, 2),
        Attribute::Float(name, value) => Message::default().bytes(1, name).float(2, value).int(20, 1),
        Attribute::Floats(name, values) => {
            let values = values.iter().copied();
            Message::default()
                .bytes(1, name)
                .each(values, |message, value| message.float(7, value))
                .int(20, 6)
        }
        Attribute::Texts(name, texts) => {
            Message::default().bytes(1, name).each(texts, |message, text| message.bytes(9, text)).int(20, 8)
        }
    };
    let node = Message::default().each(inputs, |node, input| node.bytes(1, &input.0)).bytes(4, operator);
    let node = node.each(attributes.iter().map(attribute), |node, attribute| node.message(5, attribute));
    if operator == LABEL_ENCODER { node.bytes(7, LEARNING) } else { node }
}

/// ValueInfoProto of a matrix or list whose first length is the number of rows, `N`.
pub(crate) fn declared(name: &str, kind: Type, columns: Option<usize>) -> Message {
    // ValueInfoProto: name 1, type 2. TypeProto: tensor_type 1. Tensor: elem_type 1, shape 2. TensorShapeProto: dim 1.
    // Dimension: dim_value 1, dim_param 2.
    let shape = Message::default().message(1, Message::default().bytes(2, "N"));
    let shape =
        shape.each(columns, |shape, columns| shape.message(1, Message::default().int(1, columns as i64)));
    let tensor = Message::default().int(1, kind as i64).message(2, shape);
    Message::default().bytes(1, name).message(2, Message::default().message(1, tensor))
}
