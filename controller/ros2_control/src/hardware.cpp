#include "hardware.hpp"

#include "hardware_interface/component_parser.hpp"

namespace sinew_controller
{

Hardware::Hardware(const std::string & robot_description)
{
  for (const auto & component : hardware_interface::parse_control_resources_from_urdf(robot_description)) {
    for (const auto * parts : {&component.joints, &component.sensors, &component.gpios}) {
      for (const auto & part : *parts) {
        for (const auto & command : part.command_interfaces) {
          commands.insert(part.name + "/" + command.name);
        }
        for (const auto & state : part.state_interfaces) {
          states.insert(part.name + "/" + state.name);
        }
      }
    }
  }
}

std::string Hardware::missing(
  const std::set<std::string> & interfaces, const std::vector<std::string> & names)
{
  for (const auto & name : names) {
    if (interfaces.count(name) == 0) {
      return name;
    }
  }
  return "";
}

std::vector<std::string> interface_names(
  const std::vector<std::string> & joints, const std::vector<std::string> & kinds)
{
  std::vector<std::string> names;
  for (const auto & joint : joints) {
    for (const auto & kind : kinds) {
      names.push_back(joint + "/" + kind);
    }
  }
  return names;
}

}  // namespace sinew_controller
