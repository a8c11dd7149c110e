//! What every backend of the bus promises, checked against each: the local one always, ROS 2 when
//! built with `--features ros2`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod delivery;
mod harness;
mod keep_last;
mod late_joiners;
mod lifetime;
mod names;
mod qos;
mod services;

/// Makes a test of each property for each backend.
macro_rules! conformance {
    ($($subject:ident: $($property:ident),+;)+) => {
        mod local {
            $(mod $subject {
                $(#[test]
                fn $property() {
                    crate::$subject::$property(&crate::harness::Network::local(stringify!($property)));
                })+
            })+
        }

        #[cfg(feature = "ros2")]
        mod ros2 {
            $(mod $subject {
                $(#[test]
                fn $property() {
                    crate::$subject::$property(&crate::harness::Network::ros2(stringify!($property)));
                })+
            })+
        }
    };
}

conformance! {
    delivery:
        messages_of_one_publisher_arrive_in_order,
        a_reliable_burst_that_fits_loses_nothing,
        best_effort_keeps_the_order,
        every_subscriber_gets_the_messages_of_every_publisher,
        a_publisher_is_used_from_several_threads,
        large_images_arrive_intact,
        a_node_hears_itself,
        waiting_for_a_message_ends_with_it,
        a_subscriber_that_panics_harms_no_other;
    keep_last:
        an_input_of_one_keeps_the_newest_through_a_burst,
        an_input_of_ten_keeps_the_newest_ten_through_a_burst,
        a_slow_subscriber_delays_no_one;
    late_joiners:
        a_late_joiner_gets_the_last_messages_and_then_the_live_ones,
        each_late_joiner_gets_the_latched_message,
        a_volatile_late_joiner_gets_only_live_messages,
        latched_messages_vanish_with_their_publisher,
        the_newest_is_not_lost_when_joining_during_a_burst;
    qos:
        a_best_effort_publisher_serves_no_reliable_subscriber,
        a_volatile_publisher_serves_no_transient_local_subscriber,
        a_publisher_that_offers_more_is_heard;
    names:
        relative_absolute_and_private_names_meet,
        namespaces_are_apart,
        names_that_ros_refuses_are_refused_everywhere;
    services:
        a_request_is_answered,
        a_request_says_who_asks,
        each_client_gets_its_own_response,
        a_response_may_come_from_another_thread,
        a_late_response_is_not_given_to_the_next_request,
        a_server_that_is_gone_answers_no_more,
        a_missing_server_leaves_the_client_without_a_response,
        services_of_two_namespaces_are_apart;
    lifetime:
        counts_follow_who_comes_and_goes,
        a_dropped_subscription_is_not_called_any_more,
        a_dropped_server_answers_no_more,
        a_connection_lives_as_long_as_what_was_made_with_it,
        subscribers_come_and_go_while_others_publish;
}
