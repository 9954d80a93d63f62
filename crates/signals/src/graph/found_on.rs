//! On which samples a number was found.

use super::{Graph, Kind, Operand, Operation, Shape, VariableId};

impl Graph {
    /// The node that makes a variable.
    pub fn maker(&self, id: VariableId) -> Option<&super::Node> {
        self.nodes.iter().find(|node| node.makes.contains(&id))
    }

    /// The samples that a variable was computed from: the first ones that its operation takes, or, where these are a part of
    /// others that `is_shown` does not know (a slice, a cast), the ones behind them. `None` for what was computed from numbers
    /// alone.
    pub fn found_on(&self, id: VariableId, is_shown: &dyn Fn(VariableId) -> bool) -> Option<VariableId> {
        // Each step goes to an earlier node.
        let behind = std::iter::successors(self.first_samples(id), |of| self.first_samples(*of));
        behind.take(self.nodes.len()).find(|of| is_shown(*of))
    }

    /// Time points that the operation of a variable takes.
    pub fn points_of(&self, id: VariableId) -> Vec<VariableId> {
        let needs = self.maker(id).map(|node| node.operation.needs()).unwrap_or_default();
        needs.into_iter().filter(|id| matches!(self.variable(*id).kind, Kind::Point { .. })).collect()
    }

    /// The first samples that the maker of a variable takes; those behind a number that is only stored in another way.
    fn first_samples(&self, id: VariableId) -> Option<VariableId> {
        let operation = &self.maker(id)?.operation;
        let stored = match operation {
            Operation::Cast(Operand::Variable(of)) | Operation::Round(_, Operand::Variable(of), _) => Some(*of),
            Operation::Regrid { of: Operand::Variable(of), .. } => Some(*of),
            _ => None,
        };
        if let Some(of) = stored.filter(|of| self.variable(*of).shape == Shape::Scalar) {
            return self.first_samples(of);
        }
        operation.needs().into_iter().find(|need| self.variable(*need).shape != Shape::Scalar)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ColumnShape, Period, Table, TableColumn, WaveformColumn};
    use super::*;
    use crate::element::Element;
    use crate::plan::{PlanOptions, plan};

    #[test]
    fn numbers_are_found_on_the_samples_behind_slices_and_casts() {
        let period = Period { value: 16.0, unit: germane_columns::Unit::parse("ns").unwrap() };
        let column = TableColumn {
            name: "waveform".into(),
            element: Element::U16,
            shape: ColumnShape::Samples(100),
            units: Some("ADC".into()),
            waveform: Some(WaveformColumn { period, t0_units: None }),
        };
        let text = "\
outputs: [mean, tp, top, ratio]
processors:
  'mean, std, slope, icpt': {function: linear_slope_fit, module: dspeed.processors, args: ['waveform[0:20]', mean, std, slope, icpt]}
  wf_bl: {function: bl_subtract, module: dspeed.processors, args: [waveform, mean, wf_bl], unit: ADC}
  tp: {function: time_point_thresh, module: dspeed.processors, args: [wf_bl, 5, 50, 1, tp], unit: ns}
  top: {function: fixed_time_pickoff, module: dspeed.processors, args: [wf_bl, tp + 32*ns, \"'l'\", top], unit: ADC}
  ratio: top/mean
";
        let chain = crate::chain::read(&[germane_texts::Source::new("chain.yaml", text)]).unwrap();
        let graph = plan(&chain, &Table { columns: vec![column] }, &PlanOptions::default()).unwrap().graph;
        let id = |name: &str| VariableId(graph.variables.iter().rposition(|one| one.name == name).unwrap());
        let shown = |one: VariableId| ["waveform", "wf_bl"].contains(&graph.variable(one).name.as_str());
        let on = |name: &str| graph.found_on(id(name), &shown).map(|id| graph.variable(id).name.as_str());
        assert_eq!(
            ["mean", "tp", "top", "wf_bl", "ratio"].map(on),
            [Some("waveform"), Some("wf_bl"), Some("wf_bl"), Some("waveform"), None]
        );
        let points = graph.points_of(id("top"));
        assert_eq!(points.len(), 1, "tp + 32 ns");
        assert_eq!(graph.points_of(points[0]), [id("tp")]);
    }
}
