"""What the launch file uses of `launch` and `launch_ros`, for machines without them: PyPI's wheels have neither.

Each action is kept with the arguments that it was made with, and nothing is started.
"""

import sys
import types


class Action:
    """Any action: its arguments, by name; those without one as `positional`."""

    def __init__(self, *positional, **named):
        self.positional = positional
        self.__dict__.update(named)


class DeclareLaunchArgument(Action):
    def __init__(self, name, default_value='', choices=None, description=''):
        super().__init__(name=name, default_value=default_value, choices=choices, description=description)


class LaunchConfiguration:
    def __init__(self, name):
        self.name = name

    def perform(self, context):
        return context[self.name]


class PackageNotFoundError(Exception):
    pass


def get_package_prefix(name):
    raise PackageNotFoundError(name)


def install(monkeypatch):
    """Puts them where `import` finds them."""
    kinds = {
        'launch': ['LaunchDescription'],
        'launch.actions': [
            'ExecuteProcess',
            'IncludeLaunchDescription',
            'OpaqueFunction',
            'RegisterEventHandler',
            'SetEnvironmentVariable',
        ],
        'launch.event_handlers': ['OnProcessExit'],
        'launch.launch_description_sources': ['PythonLaunchDescriptionSource'],
        'launch.substitutions': [],
        'launch_ros': [],
        'launch_ros.actions': ['Node'],
        'launch_ros.substitutions': ['FindPackageShare'],
        'ament_index_python': [],
        'ament_index_python.packages': [],
    }
    for name, actions in kinds.items():
        module = types.ModuleType(name)
        for action in actions:
            setattr(module, action, type(action, (Action,), {}))
        monkeypatch.setitem(sys.modules, name, module)
    sys.modules['launch.actions'].DeclareLaunchArgument = DeclareLaunchArgument
    sys.modules['launch.substitutions'].LaunchConfiguration = LaunchConfiguration
    packages = sys.modules['ament_index_python.packages']
    packages.PackageNotFoundError, packages.get_package_prefix = PackageNotFoundError, get_package_prefix
