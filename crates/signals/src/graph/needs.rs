//! Which variables a part of a graph refers to.

use super::{Grid, Kind, Offset, Operand, Operation, Shape, Variable, VariableId};

impl Operation {
    /// Variables that it takes, offsets of grids among them.
    pub fn needs(&self) -> Vec<VariableId> {
        let mut out = Vec::new();
        let mut copy = self.clone();
        copy.each(&mut |id| out.push(*id));
        out
    }

    /// The same with other numbers of variables.
    pub(crate) fn renumber(&mut self, new: &dyn Fn(VariableId) -> VariableId) {
        self.each(&mut |id| *id = new(*id));
    }

    fn each(&mut self, visit: &mut dyn FnMut(&mut VariableId)) {
        let mut operand = |operand: &mut Operand| {
            if let Operand::Variable(id) = operand {
                visit(id);
            }
        };
        match self {
            Self::Column(_) => {}
            Self::Process { arguments, .. } => arguments.iter_mut().flatten().for_each(operand),
            Self::Unary(_, of) | Self::Cast(of) | Self::Round(_, of, _) => operand(of),
            Self::Binary(_, left, right) => {
                operand(left);
                operand(right);
            }
            Self::Where(operands) => operands.iter_mut().for_each(operand),
            Self::Slice { of, .. } | Self::Element { of, .. } | Self::Reduce(_, of) => visit(of),
            Self::ElementAt { of, index, .. } => {
                operand(index);
                visit(of);
            }
            Self::Regrid { of, from, to, .. } => {
                operand(of);
                from.0.variable.iter_mut().chain(&mut to.0.variable).for_each(visit);
            }
        }
    }
}

impl Variable {
    /// Variables that its length and its grid refer to.
    pub fn needs(&self) -> Vec<VariableId> {
        let length = match self.shape {
            Shape::Ragged { length, .. } => Some(length),
            _ => None,
        };
        let offset = match &self.kind {
            Kind::Waveform(grid) | Kind::Point { grid, .. } => grid.offset.variable,
            Kind::Plain | Kind::Duration { .. } => None,
        };
        length.into_iter().chain(offset).collect()
    }

    pub(crate) fn renumbered(mut self, new: &dyn Fn(VariableId) -> VariableId) -> Self {
        if let Shape::Ragged { length, .. } = &mut self.shape {
            *length = new(*length);
        }
        if let Kind::Waveform(Grid { offset, .. }) | Kind::Point { grid: Grid { offset, .. }, .. } = &mut self.kind {
            let Offset { variable, .. } = offset;
            *variable = variable.map(new);
        }
        self
    }
}
